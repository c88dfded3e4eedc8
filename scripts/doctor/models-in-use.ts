/**
 * Which models the checks look at: those that somebody uses, as far as can be known. Others would
 * make a problem of a model that nobody wants.
 */
import { z } from "zod";
import { isFable } from "../../infra/models/fable.ts";
import type { Settings } from "../../infra/settings/index.ts";
import { findModel, isRetired, MODELS } from "../../worker/models.ts";
import type { CloudflareApi } from "../clouds/cloudflare.ts";
import { type Found, fine } from "./found.ts";
import type { Subject } from "./subject.ts";

const ENTRIES = z.array(z.object({ model: z.string().nullish(), metadata: z.string().nullish() }));
/** The most that one page may have. */
const NEWEST_ENTRIES = 50;

export interface InUse {
  /** Anthropic's ids. */
  models: readonly string[];
  /** The model, by its id, in each of the stack's locations that serve it. */
  served: readonly { model: string; vertexId: string; location: string }[];
}

/** @param asked with `--models`; undefined: not given */
export async function modelsInUse(
  api: CloudflareApi,
  { settings, names: { gateway } }: Subject,
  asked: readonly string[] | undefined,
): Promise<Found<InUse>> {
  const { models, modelGarden } = settings;
  const named = [...Object.keys(models), ...(modelGarden?.models ?? [])];
  const logged = asked || named.length > 0 ? [] : await loggedModels(api, settings, gateway);
  const [why, found] = asked
    ? ["asked for", asked]
    : named.length > 0
      ? ["named in the settings", named]
      : logged.length > 0
        ? [`in the newest ${NEWEST_ENTRIES} entries of the gateway's log`, logged]
        : ["the newest that each location serves", newestServed(settings)];
  const ids = [...new Set(found.map((name) => findModel(name, models)?.id ?? name))];
  const served = ids.flatMap((id) => {
    const model = findModel(id, models);
    const { vertexId } = model ?? {};
    if (model === undefined || vertexId === undefined) return [];
    return settings.vertexLocations
      .filter((location) => model.locations.includes(location))
      .map((location) => ({ model: id, vertexId, location }));
  });
  return fine(`${ids.join(", ")} (${why})`, { models: ids, served });
}

/** Only clients' calls count: `npm run smoke` and `verify` ask models that nobody else uses. */
async function loggedModels(api: CloudflareApi, { cloudflareAccountId, models, clients }: Settings, gateway: string) {
  const path = `accounts/${cloudflareAccountId}/ai-gateway/gateways/${gateway}/logs`;
  // Before the first `pulumi up` there is no gateway, and perhaps no token.
  const answer = await api.get(path, ENTRIES, { per_page: NEWEST_ENTRIES }).catch(() => undefined);
  if (answer?.kind !== "ok") return [];
  const byVertexId = new Map(MODELS.map(({ id, vertexId }) => [vertexId, id]));
  const users = new Set(clients.filter(({ operator }) => !operator).map(({ name }) => name));
  return answer.value.flatMap(({ model, metadata }) => {
    if (!model || !users.has(clientOf(metadata))) return [];
    return findModel(model, models)?.id ?? byVertexId.get(model) ?? [];
  });
}

/** The Worker writes `client` into the metadata, which is JSON text. */
function clientOf(metadata: string | null | undefined): string {
  try {
    return String(JSON.parse(metadata ?? "{}").client);
  } catch {
    return "";
  }
}

/** Google wants more consents for Fable, so nobody is asked for them unless it is used. */
function newestServed({ vertexLocations, models }: Settings): string[] {
  const now = Date.now();
  const known = MODELS.filter((model) => !isFable(model.id) && !isRetired(model, now));
  return vertexLocations.flatMap((location) => {
    const newest = known.find(({ id }) => findModel(id, models)?.locations.includes(location));
    return newest ? [newest.id] : [];
  });
}
