/**
 * api.anthropic.com as far as this project touches it: who calls, by which version, and which endpoint is meant. Query strings
 * such as `?beta=true` change nothing. Sources: docs/fidelity.md.
 */

import { errorOf, sendError } from "../claude/messages-api.ts";
import { leaveNoResponse, leavesNoResponse } from "../http/broken-answer.ts";
import { type ErrorAnswer, type ErrorFault, isErrorFault, sendErrorFault } from "../http/broken-error.ts";
import type { CloudContext } from "../http/context.ts";
import { bearerToken, type Exchange } from "../http/exchange.ts";
import { randomText } from "../state/ids.ts";
import { batchResults, cancelBatch, createBatch, deleteBatch, listBatches, retrieveBatch } from "./batches.ts";
import type { Endpoint } from "./call.ts";
import { deleteFile, downloadFile, listFiles, retrieveFile, uploadFile } from "./files.ts";
import { countMessageTokens, createMessage } from "./messages.ts";
import { listModels, retrieveModel } from "./models.ts";

const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** Version → body members that it no longer takes. */
const VERSIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["2023-06-01", []],
  ["2026-10-21", ["temperature", "top_p", "top_k"]],
]);

/** The first path that fits; `:id` stands for one segment. */
const ENDPOINTS: readonly (readonly [path: RegExp, methods: Readonly<Record<string, Endpoint>>])[] = (
  [
    ["/v1/messages", { POST: createMessage }],
    ["/v1/messages/count_tokens", { POST: countMessageTokens }],
    ["/v1/messages/batches", { POST: createBatch, GET: listBatches }],
    ["/v1/messages/batches/:id", { GET: retrieveBatch, DELETE: deleteBatch }],
    ["/v1/messages/batches/:id/cancel", { POST: cancelBatch }],
    ["/v1/messages/batches/:id/results", { GET: batchResults }],
    ["/v1/models", { GET: listModels }],
    ["/v1/models/:id", { GET: retrieveModel }],
    ["/v1/files", { POST: uploadFile, GET: listFiles }],
    ["/v1/files/:id", { GET: retrieveFile, DELETE: deleteFile }],
    ["/v1/files/:id/content", { GET: downloadFile }],
  ] as const
).map(([path, methods]) => [new RegExp(`^${path.replace(":id", "([^/]+)")}$`), methods]);

export function anthropicApi(exchange: Exchange, { state, faults, today }: CloudContext): void | Promise<void> {
  const requestId = newRequestId();
  const refuse = (status: number, message?: string) => sendError(exchange, status, requestId, message);
  const { headers, body, method, path } = exchange;

  const fault = faults.take("anthropic");
  if (leavesNoResponse(fault)) return leaveNoResponse(exchange, fault);
  if (body.length > MAX_BODY_BYTES) return refuse(413);
  if (method === "HEAD" && path === "/") {
    exchange.response.writeHead(200).end();
    return;
  }
  if (!state.anthropicApiKeys.has(headers["x-api-key"] ?? bearerToken(exchange) ?? "")) return refuse(401);
  if (isErrorFault(fault)) return sendErrorFault(exchange, fault, errorOf(fault, requestId));
  const [pattern, methods] = ENDPOINTS.find(([candidate]) => candidate.test(path)) ?? [];
  if (!pattern || !methods) return refuse(404);
  const endpoint = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!endpoint) return refuse(405, "Method Not Allowed");
  const version = headers["anthropic-version"];
  if (!version) return refuse(400, "anthropic-version: header is required");
  const removedMembers = VERSIONS.get(version);
  if (!removedMembers) return refuse(400, `anthropic-version: ${JSON.stringify(version)} is not a valid version`);

  const id = pattern.exec(path)?.[1] ?? "";
  return endpoint({ exchange, state, today, requestId, removedMembers, fault, id });
}

/** What a fault is answered with before the request has been looked at. */
export function anthropicErrorOf(fault: ErrorFault): ErrorAnswer {
  return errorOf(fault, newRequestId());
}

function newRequestId(): string {
  return `req_011C${randomText(20)}`;
}
