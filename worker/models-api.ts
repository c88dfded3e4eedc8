/**
 * `GET /v1/models` and `/v1/models/{id}`: Anthropic's answer and, when Anthropic is down, the table's, so that a client that asks
 * for models first still starts. Claude Code waits 3 s for it.
 */
import { ApiError } from "./errors.ts";
import { findModel, MODELS, type Model } from "./models.ts";
import { isFailureStatus } from "./outcome.ts";
import { askAnthropic } from "./pass-through.ts";
import type { RequestContext } from "./request-context.ts";
import { fromAnthropic } from "./respond.ts";

const LIMIT_MS = 2_500;

export async function handleModels(context: RequestContext): Promise<Response> {
  const response = await askAnthropic(context, LIMIT_MS).catch(() => undefined);
  if (response && !isFailureStatus(response.status)) return fromAnthropic(response, response.body);
  await response?.body?.cancel();
  const headers = { "request-id": context.requestId, "x-failover-target": "table" };
  return Response.json(fromTable(context.url.pathname.split("/")[3], context), { headers });
}

function fromTable(id: string | undefined, { settings }: RequestContext) {
  if (id !== undefined) {
    const model = findModel(decodeURIComponent(id), settings.options.models);
    if (!model) throw new ApiError(404, `model: ${id}`);
    return describe(model);
  }
  const data = MODELS.map(describe);
  return { data, has_more: false, first_id: data.at(0)?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

function describe({ id }: Model) {
  // The API's own value for a release date that is not known.
  return { type: "model", id, display_name: id, created_at: "1970-01-01T00:00:00Z" };
}
