/**
 * Which models have no failover, because neither a Vertex location of a stack nor Bedrock serves
 * them, and the command that adds locations for them.
 */
import { findModel, isRetired, MODELS } from "../../worker/models.ts";
import { repairCommand } from "../settings/commands.ts";
import { DEFAULT_LOCATIONS } from "../settings/default-locations.ts";
import type { Settings } from "../settings/index.ts";

type Read = Pick<Settings, "vertexLocations" | "allowedLocations" | "models"> & { bedrock?: Settings["bedrock"] };

export interface MoreLocations {
  /** Locations to add, in the order in which they are added. */
  added: readonly string[];
  /** Those of them that `allowedLocations` forbids today. The command allows them. */
  forbidden: readonly string[];
  command: string;
}

/** @returns the ids of the models that both sides serve somewhere */
export function currentModels(nowMs: number): string[] {
  return MODELS.filter((model) => model.vertexId !== undefined && !isRetired(model, nowMs)).map(({ id }) => id);
}

/**
 * @returns those of the models that Google offers, but in none of the stack's locations, and that
 * the stack does not have on Bedrock
 */
export function withoutFailover(ids: readonly string[], { vertexLocations, models, bedrock }: Read): string[] {
  return ids.filter((id) => {
    const model = findModel(id, models);
    if (bedrock && model?.bedrockId !== undefined) return false;
    return model?.vertexId !== undefined && !model.locations.some((location) => vertexLocations.includes(location));
  });
}

/** @returns the fewest locations that the models need; undefined: no location serves them */
export function moreLocations(ids: readonly string[], settings: Read): MoreLocations | undefined {
  const { vertexLocations, allowedLocations, models } = settings;
  const isAllowed = (location: string) => allowedLocations?.includes(location) ?? true;
  const served = ids.flatMap((id) => findModel(id, models)?.locations ?? []);
  const known = [...new Set([...DEFAULT_LOCATIONS, ...served])];
  const added: string[] = [];
  for (const location of [...known.filter(isAllowed), ...known.filter((location) => !isAllowed(location))]) {
    const alone = withoutFailover(ids, { ...settings, vertexLocations: [...vertexLocations, ...added] });
    if (alone.some((id) => findModel(id, models)?.locations.includes(location))) added.push(location);
  }
  if (added.length === 0) return undefined;
  const forbidden = added.filter((location) => !isAllowed(location));
  const set = (key: string, value: readonly string[]) => repairCommand({ key, repair: { kind: "set", value } });
  const command = [
    ...(forbidden.length > 0 ? [set("allowedLocations", [...(allowedLocations ?? []), ...forbidden])] : []),
    set("vertexLocations", [...vertexLocations, ...added]),
  ].join(" && ");
  return { added, forbidden, command };
}
