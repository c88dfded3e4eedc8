/**
 * What Anthropic's Messages API and Claude on Vertex have in common: Anthropic's error envelope,
 * the checks of a body, and the answer as JSON or event stream.
 */

import type { AnswerFault } from "../http/broken-answer.ts";
import { codeOf, type ErrorAnswer, type ErrorFault, retryAfterOf, statusOf, textOf } from "../http/broken-error.ts";
import { sendJsonAnswer } from "../http/broken-json.ts";
import { sendStreamAnswer } from "../http/broken-stream.ts";
import { type Exchange, sendJson } from "../http/exchange.ts";
import { asEvents, asJson, countTokens, generateMessage, type IdMark, type Message } from "./reply.ts";
import type { MessagesRequest } from "./request.ts";

/** Source: platform.claude.com, "Errors". */
const ERRORS: Readonly<Record<number, { type: string; message: string }>> = {
  400: { type: "invalid_request_error", message: "Invalid request" },
  401: { type: "authentication_error", message: "invalid x-api-key" },
  402: { type: "billing_error", message: "There is an issue with your billing or payment information" },
  403: { type: "permission_error", message: "Your API key does not have permission to use the specified resource" },
  404: { type: "not_found_error", message: "Not found" },
  409: { type: "conflict_error", message: "Conflict" },
  413: { type: "request_too_large", message: "Request exceeds the maximum size" },
  429: { type: "rate_limit_error", message: "This request would exceed your organization's rate limit" },
  500: { type: "api_error", message: "Internal server error" },
  504: { type: "timeout_error", message: "Request timed out" },
  529: { type: "overloaded_error", message: "Overloaded" },
};

export interface AnswerOptions {
  idMark: IdMark;
  requestId: string;
  /** The model name in the answer. */
  model: string;
  headers: Readonly<Record<string, string>>;
}

export function sendError(exchange: Exchange, status: number, requestId: string, text?: string): void {
  const answer = errorAnswer(status, requestId, text);
  sendJson(exchange, status, answer.body, answer.headers);
}

/** The error for a fault. */
export function errorOf(fault: ErrorFault, requestId: string): ErrorAnswer {
  return errorAnswer(statusOf(fault), requestId, textOf(fault), retryAfterOf(fault), codeOf(fault));
}

function errorAnswer(
  status: number,
  requestId: string,
  text?: string,
  retryAfterS?: number,
  code?: string,
): ErrorAnswer {
  const known = ERRORS[status] ?? {
    type: status < 500 ? "invalid_request_error" : "api_error",
    message: `Status ${status}`,
  };
  return {
    status,
    body: errorEnvelope(known.type, requestId, text ?? known.message, code),
    headers: {
      "request-id": requestId,
      ...(retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) }),
    },
  };
}

/**
 * @param text default: the usual text for the type
 * @param code names the cause in the error's details
 */
export function errorEnvelope(type: string, requestId: string, text?: string, code?: string) {
  const known = Object.values(ERRORS).find((error) => error.type === type);
  const error = { type, message: text ?? known?.message ?? "Error" };
  const details = code === undefined ? {} : { details: { error_code: code } };
  return { type: "error", error: { ...error, ...details }, request_id: requestId };
}

/** The first problem with a body, in the API's words; undefined when it is valid. */
export function problemWithRequest(body: unknown): string | undefined {
  return problemWithPrompt(body) ?? problemWithMaxTokens(body as Partial<MessagesRequest>);
}

/** The same check for token counting. */
export function problemWithPrompt(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return "The request body is not valid JSON";
  const { messages } = body as Partial<MessagesRequest>;
  if (messages === undefined) return "messages: Field required";
  if (!Array.isArray(messages)) return "messages: Input should be a valid list";
  if (messages.length === 0) return "messages: at least one message is required";
  return undefined;
}

function problemWithMaxTokens({ max_tokens: maxTokens }: Partial<MessagesRequest>): string | undefined {
  if (maxTokens === undefined) return "max_tokens: Field required";
  if (!Number.isInteger(maxTokens) || maxTokens < 1) return "max_tokens: Input should be greater than or equal to 1";
  return undefined;
}

/** Answers a request that counts tokens. */
export function sendTokenCount(
  exchange: Exchange,
  request: MessagesRequest,
  requestId: string,
  fault: AnswerFault | undefined,
): void {
  const count = { input_tokens: countTokens(request) };
  sendJsonAnswer(exchange, count, { "request-id": requestId }, fault, (type) => errorEnvelope(type, requestId));
}

/**
 * Answers with JSON or a stream, as requested.
 * @returns the whole message, even if a fault breaks the answer
 */
export function sendAnswer(
  exchange: Exchange,
  request: MessagesRequest,
  { headers, requestId, idMark, model }: AnswerOptions,
  fault: AnswerFault | undefined,
): Message {
  const message = generateMessage(request, idMark, model);
  const withId = { ...headers, "request-id": requestId };
  const errorBody = (type: string) => errorEnvelope(type, requestId);
  if (request.stream) sendStreamAnswer(exchange, asEvents(message), withId, fault, errorBody);
  else sendJsonAnswer(exchange, asJson(message), withId, fault, errorBody);
  return message;
}
