/**
 * api.anthropic.com, as far as this project uses it: checks key and version, and selects the
 * endpoint. Query strings such as `?beta=true` have no effect. Sources: docs/fidelity.md.
 */

import { errorOf, sendError } from "../claude/messages-api.ts";
import { isConnectionFault, sendConnectionFault } from "../http/broken-answer.ts";
import { type ErrorAnswer, type ErrorFault, isErrorFault, sendErrorFault } from "../http/broken-error.ts";
import type { CloudContext } from "../http/context.ts";
import { bearerToken, type Exchange } from "../http/exchange.ts";
import { match, methodsAt, type Route, route } from "../http/router.ts";
import { randomText } from "../state/ids.ts";
import { batchResults, cancelBatch, createBatch, deleteBatch, listBatches, retrieveBatch } from "./batches.ts";
import type { AnthropicCall } from "./call.ts";
import { deleteFile, downloadFile, listFiles, retrieveFile, uploadFile } from "./files.ts";
import { isServedKey, refusedBySpendLimit } from "./key-limits.ts";
import { countMessageTokens, createMessage } from "./messages.ts";
import { listModels, retrieveModel } from "./models.ts";

const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** API version → body members that it no longer accepts. */
const VERSIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["2023-06-01", []],
  ["2026-10-21", ["temperature", "top_p", "top_k"]],
]);

const ROUTES: readonly Route<AnthropicCall, void>[] = [
  route("POST", "/v1/messages", createMessage),
  route("POST", "/v1/messages/count_tokens", countMessageTokens),
  route("POST", "/v1/messages/batches", createBatch),
  route("GET", "/v1/messages/batches", listBatches),
  route("GET", "/v1/messages/batches/:id", retrieveBatch),
  route("DELETE", "/v1/messages/batches/:id", deleteBatch),
  route("POST", "/v1/messages/batches/:id/cancel", cancelBatch),
  route("GET", "/v1/messages/batches/:id/results", batchResults),
  route("GET", "/v1/models", listModels),
  route("GET", "/v1/models/:id", retrieveModel),
  route("POST", "/v1/files", uploadFile),
  route("GET", "/v1/files", listFiles),
  route("GET", "/v1/files/:id", retrieveFile),
  route("DELETE", "/v1/files/:id", deleteFile),
  route("GET", "/v1/files/:id/content", downloadFile),
];

export function anthropicApi(exchange: Exchange, { state, faults, today }: CloudContext): void | Promise<void> {
  const requestId = newRequestId();
  const refuse = (status: number, message?: string) => sendError(exchange, status, requestId, message);
  const { headers, body, method, path } = exchange;

  const fault = faults.take("anthropic");
  if (isConnectionFault(fault)) return sendConnectionFault(exchange, fault);
  if (body.length > MAX_BODY_BYTES) return refuse(413);
  if (method === "HEAD" && path === "/") {
    exchange.response.writeHead(200).end();
    return;
  }
  const key = headers["x-api-key"] ?? bearerToken(exchange) ?? "";
  if (!isServedKey(state, key)) return refuse(401);
  if (isErrorFault(fault)) return sendErrorFault(exchange, fault, errorOf(fault, requestId));
  const matched = match(ROUTES, exchange);
  if (!matched) {
    return methodsAt(ROUTES, exchange).length > 0 ? refuse(405, "Method Not Allowed") : refuse(404);
  }
  const version = headers["anthropic-version"];
  if (!version) return refuse(400, "anthropic-version: header is required");
  const removedMembers = VERSIONS.get(version);
  if (!removedMembers) return refuse(400, `anthropic-version: ${JSON.stringify(version)} is not a valid version`);

  if (refusedBySpendLimit(exchange, state, key, requestId)) return;
  const { id = "" } = matched.params;
  return matched.route.handle({ exchange, state, today, requestId, removedMembers, fault, id, params: matched.params });
}

/** The error for a fault that applies before the request is checked. */
export function anthropicErrorOf(fault: ErrorFault): ErrorAnswer {
  return errorOf(fault, newRequestId());
}

function newRequestId(): string {
  return `req_011C${randomText(20)}`;
}
