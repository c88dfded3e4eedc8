/** Anthropic's side: the keys, the models that they may use, and whether it answers. */
import { findModel, isRetired } from "../../worker/models.ts";
import { accountLimit } from "../../worker/response/account-limits.ts";
import type { AnthropicApi } from "../clouds/anthropic.ts";
import { describeRefusal } from "../clouds/api-client.ts";
import { type Found, fine, note, problem, unanswered, unknown } from "./found.ts";
import type { InUse } from "./models-in-use.ts";
import type { Subject } from "./subject.ts";

const SET_KEY = "pulumi config set --secret anthropicApiKey";
const LIMITS_PAGE = "https://platform.claude.com/settings/limits";

/** @returns the models that the key may use */
export async function anthropicKey(
  api: AnthropicApi,
  { settings: { anthropicApiKey } }: Subject,
): Promise<Found<ReadonlySet<string>>> {
  const answer = await api.models(anthropicApiKey);
  if (answer.kind === "ok") return fine("Anthropic knows it", new Set(answer.value));
  if (answer.kind === "refused" && (answer.status === 401 || answer.status === 403)) {
    return problem(`Anthropic refuses the key: ${answer.message}`, `${SET_KEY} && pulumi up`);
  }
  return unanswered(answer);
}

/** A previous key that Anthropic refuses does no harm: the Worker tries the current one first. */
export async function previousKey(
  api: AnthropicApi,
  { settings: { anthropicApiKeyPrevious: previous } }: Subject,
): Promise<Found<undefined>> {
  if (previous === undefined) return fine("none, because no rotation is under way");
  const answer = await api.models(previous);
  if (answer.kind === "ok") return note("still valid: end the rotation", "pulumi config rm anthropicApiKeyPrevious");
  if (answer.kind === "refused") return note("refused by Anthropic", "pulumi config rm anthropicApiKeyPrevious");
  return unanswered(answer);
}

export function anthropicModels(
  allowed: ReadonlySet<string>,
  { models }: InUse,
  { settings }: Subject,
): Found<undefined> {
  const missing = models.filter((id) => {
    const model = findModel(id, settings.models) ?? { id, locations: [] };
    const names = [id, ...(model.aliases ?? [])];
    return !isRetired(model, Date.now()) && !names.some((name) => allowed.has(name));
  });
  if (missing.length === 0) return fine(`the key may use all ${models.length} in use`);
  const named = missing.filter((id) => Object.hasOwn(settings.models, id));
  const others = Object.fromEntries(Object.entries(settings.models).filter(([id]) => !named.includes(id)));
  const cure =
    named.length === 0
      ? "allow them for the key's workspace: https://platform.claude.com/settings/workspaces"
      : Object.keys(others).length === 0
        ? "pulumi config rm models"
        : `pulumi config set models '${JSON.stringify(others)}'`;
  return problem(`Anthropic does not offer ${missing.join(", ")} to this key`, cure);
}

/** A spend limit shows only in a call that costs something. */
export async function anthropicAnswers(
  api: AnthropicApi,
  { settings: { anthropicApiKey } }: Subject,
  { models }: InUse,
  allowed: ReadonlySet<string>,
): Promise<Found<undefined>> {
  const model = models.find((id) => allowed.has(id)) ?? [...allowed][0];
  if (model === undefined) return unknown("the key may use no model");
  const answer = await api.oneToken(anthropicApiKey, model);
  if (answer.kind === "ok") return fine(`${model} answers`);
  if (answer.kind === "unreachable") return unanswered(answer);
  const isLimit = answer.code === "billing_error" || accountLimit(answer.status, answer.code) !== undefined;
  const isCredit = /credit balance is too low|usage limits/i.test(answer.message);
  if (isLimit || isCredit) return problem(`a limit is reached: ${describeRefusal(answer)}`, LIMITS_PAGE);
  return unknown(`${model}: ${describeRefusal(answer)}`);
}
