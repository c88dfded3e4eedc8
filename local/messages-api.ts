/**
 * What Anthropic's Messages API and Claude on Vertex have in common: Anthropic's error envelope, the checks on a body, the
 * answer as JSON or event stream, and the faults acted out in it.
 */
import { answer, asEvents, asJson, type MessagesRequest } from "./claude.ts";
import { type Exchange, reset, sendJson } from "./exchange.ts";
import type { Fault } from "./faults.ts";

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

export interface Served {
  /** `msg_` or `msg_vrtx_` */
  messageIdPrefix: string;
  requestId: string;
  /** As the answer names the model. */
  model: string;
  headers: Readonly<Record<string, string>>;
}

export function sendError(
  exchange: Exchange,
  status: number,
  requestId: string,
  text?: string,
  retryAfterS?: number,
): void {
  const known = ERRORS[status] ?? {
    type: status < 500 ? "invalid_request_error" : "api_error",
    message: `Status ${status}`,
  };
  const error = { type: known.type, message: text ?? known.message };
  sendJson(
    exchange,
    status,
    { type: "error", error, request_id: requestId },
    { "request-id": requestId, ...(retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) }) },
  );
}

/** The first thing wrong with a body, in the API's words; undefined where it can be answered. */
export function problemWith(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return "The request body is not valid JSON";
  const { max_tokens: maxTokens, messages } = body as Partial<MessagesRequest>;
  if (maxTokens === undefined) return "max_tokens: Field required";
  if (!Number.isInteger(maxTokens) || maxTokens < 1) return "max_tokens: Input should be greater than or equal to 1";
  if (messages === undefined) return "messages: Field required";
  if (!Array.isArray(messages)) return "messages: Input should be a valid list";
  if (messages.length === 0) return "messages: at least one message is required";
  return undefined;
}

/** Acts out the faults that come before an answer. @returns whether the exchange is over. */
export function failBeforeAnswer(exchange: Exchange, fault: Fault | undefined): boolean {
  if (fault?.mode === "hang") return true;
  if (fault?.mode !== "reset") return false;
  reset(exchange);
  return true;
}

/** Answers as asked, JSON or stream, with the faults that come in an answer. */
export function sendAnswer(
  exchange: Exchange,
  request: MessagesRequest,
  served: Served,
  fault: Fault | undefined,
): void {
  const headers = { ...served.headers, "request-id": served.requestId };
  const message = answer(request, served.messageIdPrefix, served.model);
  if (!request.stream) {
    if (fault?.mode === "error_event") return sendJson(exchange, 200, errorOf(fault.type, served), headers);
    if (fault?.mode === "cut") return cutJson(exchange, JSON.stringify(asJson(message)), headers);
    return sendJson(exchange, 200, asJson(message), headers);
  }
  const { response } = exchange;
  response.writeHead(200, {
    ...headers,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
  });
  const events = asEvents(message);
  const send = (event: { type: string }) => response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  if (fault?.mode === "error_event") {
    for (const event of events.slice(0, 1)) send(event);
    send(errorOf(fault.type, served));
    response.end();
  } else if (fault?.mode === "cut") {
    for (const event of events.slice(0, 5)) send(event);
    response.write("event: content_block_delta\nda", () => reset(exchange));
  } else {
    for (const event of events) send(event);
    response.end();
  }
}

function errorOf(type: string, { requestId }: Served) {
  const known = Object.values(ERRORS).find((error) => error.type === type);
  return { type: "error", error: { type, message: known?.message ?? "Error" }, request_id: requestId };
}

function cutJson(exchange: Exchange, text: string, headers: Readonly<Record<string, string>>): void {
  const { response } = exchange;
  response.writeHead(200, {
    ...headers,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.write(text.slice(0, text.length / 2), () => reset(exchange));
}
