/**
 * Handles `GET /v1/models` and `/v1/models/{id}`. It returns Anthropic's answer or, when Anthropic
 * is down, an answer from the table of models. So a client that needs the list of models at its
 * start can still start. Claude Code waits 3 s for the list.
 */
import { askAnthropic } from "./anthropic-only.ts";
import type { Reply, RequestContext } from "./context.ts";
import { ApiError } from "./errors.ts";
import { findModel, isRetired, MODELS, type Model } from "./models.ts";
import { answerResponse, failureResponse } from "./respond.ts";

const LIMIT_MS = 2_500;
/** Source: platform.claude.com, "List Models". */
const DEFAULT_PAGE = 20;
const MAX_PAGE = 1_000;

export async function handleModels(context: RequestContext): Promise<Reply> {
  const { url, record } = context;
  const path = url.pathname.slice(1);
  const { outcome, limit } = await askAnthropic(context, { path, body: null, shape: "resource", limitMs: LIMIT_MS });
  if (outcome.kind === "answer" && outcome.answer.body.kind === "text") {
    record.target = "anthropic";
    const { response, body } = outcome.answer;
    return { response: answerResponse(response, body.text, { target: "anthropic" }, record) };
  }
  if (outcome.kind === "caller_error") {
    return { response: failureResponse(outcome.failure, { target: "anthropic" }, record) };
  }
  // An answer that was not held whole is too long to be a list, so it is not read.
  limit.abort();
  record.target = "table";
  const answer = Response.json(fromTable(path.split("/")[2], context));
  return { response: answerResponse(answer, answer.body, { target: "table" }, record) };
}

function fromTable(id: string | undefined, { isolate, url }: RequestContext) {
  const { models } = isolate.settings.options;
  if (id !== undefined) {
    const model = findModel(decodeURIComponent(id), models);
    if (!model || isRetired(model, Date.now())) throw new ApiError(404, `model: ${id}`);
    return describe(model);
  }
  const added = Object.keys(models).filter((name) => !MODELS.some((known) => known.id === name));
  const ids = [...MODELS.filter((model) => !isRetired(model, Date.now())).map((model) => model.id), ...added];
  return page(ids, url.searchParams);
}

/** @returns a page in the form of Anthropic's API. With an unknown id, it is the first page. */
function page(ids: readonly string[], query: URLSearchParams) {
  const limit = Number(query.get("limit") ?? DEFAULT_PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new ApiError(400, `limit: Input should be a whole number from 1 to ${MAX_PAGE}`);
  }
  const before = ids.indexOf(query.get("before_id") ?? "");
  const start = before < 0 ? ids.indexOf(query.get("after_id") ?? "") + 1 : Math.max(before - limit, 0);
  const end = before < 0 ? start + limit : before;
  const data = ids.slice(start, end).map((id) => describe({ id }));
  const hasMore = before < 0 ? end < ids.length : start > 0;
  return { data, has_more: hasMore, first_id: data.at(0)?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

function describe({ id }: Pick<Model, "id">) {
  // The API uses this date for a model whose release date is unknown.
  return { type: "model", id, display_name: id, created_at: "1970-01-01T00:00:00Z" };
}
