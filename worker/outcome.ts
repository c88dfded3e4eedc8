/**
 * What a target's response turned out to be: an answer, the target's failure (the chain goes on), the caller's own error
 * (it is returned), or a verdict of the gateway itself. A 200 is not yet an answer: a stream's first decisive event and a
 * whole JSON body decide.
 */
import { errorBody, errorStatus, errorType } from "./errors.ts";
import { type GatewayVerdict, gatewayVerdict } from "./gateway-errors.ts";
import { googleErrorStatus } from "./google-errors.ts";
import { bodyUpTo } from "./held-body.ts";
import { decodeText, errorEventData, openStream, pump, type StreamEnd } from "./stream.ts";

/** A JSON answer is held until it is whole, up to here; a longer one is passed on as it comes. */
const MAX_HELD_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

/** Credential, billing, path and load are ours or the target's, never the caller's. */
const FAILURE_STATUSES = new Set([401, 402, 403, 408, 429]);
/** The 400s that are about our account. Source: platform.claude.com, "Errors" and "Rate limits" (spend limits). */
const ACCOUNT_LIMIT_TEXTS = ["credit balance is too low", "specified API usage limits"];
/** Ids that Claude on Vertex gives its messages. */
const VERTEX_ID = /"id":\s*"msg_vrtx_/;

/** An error in Anthropic's envelope, ready to be answered. */
export interface Failure {
  /** For `x-failover-attempts`: the status, or a word for what there was instead of one. */
  label: string;
  status: number;
  body: string;
  /** Of the response that failed; empty where there was none. */
  headers: Headers;
  /** Whether the error came in Anthropic's envelope; Google's front end and the gateway have others. */
  isAnthropics: boolean;
}

export interface Answer {
  response: Response;
  /** Whether the message's id is one of Vertex's; undefined where it was not looked for. */
  isVertexs: boolean | undefined;
}

export type Outcome =
  | { kind: "answer"; answer: Answer }
  | { kind: "failure"; failure: Failure }
  | { kind: "caller_error"; failure: Failure }
  | { kind: "gateway"; verdict: GatewayVerdict; failure: Failure };

export interface Expectation {
  /** Undefined: whatever the content type says, for a request whose body was not read. */
  stream: boolean | undefined;
  /** To a stream's first decisive event. */
  firstEventMs: number;
  /** A 404 for a model that the table knows is not the caller's fault. */
  modelIsKnown: boolean;
  requestId: string;
  /** Told how a stream ended that was an answer. */
  onStreamEnd: (end: StreamEnd) => void;
}

/** Whether a status alone, whatever the request, is the target's failure. */
export function isFailureStatus(status: number): boolean {
  return status >= 500 || FAILURE_STATUSES.has(status);
}

export function inspect(response: Response, expected: Expectation): Promise<Outcome> {
  if (!response.ok) return inspectError(response, expected);
  const stream = expected.stream ?? isEventStream(response);
  return stream ? inspectStream(response, expected) : inspectJson(response, expected);
}

/** A failure that no response of the target's tells of. */
export function madeFailure(
  label: string,
  status: number,
  message: string,
  requestId: string,
  headers: HeadersInit = {},
): Failure {
  const body = errorBody(errorType(status), message, requestId);
  return { label, status, body, headers: new Headers(headers), isAnthropics: false };
}

/** A 200 that is no answer. */
function noAnswer(label: string, message: string, { requestId }: Expectation): Outcome {
  return { kind: "failure", failure: madeFailure(`200:${label}`, 502, message, requestId) };
}

async function inspectStream(response: Response, expected: Expectation): Promise<Outcome> {
  if (!isEventStream(response)) {
    const held = await bodyUpTo(response, MAX_ERROR_BYTES);
    if (held.kind === "more") await held.rest.cancel();
    const text = held.kind === "whole" ? decodeText(held.chunks) : "";
    if (envelopeType(parse(text))) return errorInside200("error_body", text, expected);
    return noAnswer("no_stream", "The target answered a streamed request with something else.", expected);
  }
  const opening = await openStream(response.body, expected.firstEventMs);
  switch (opening.kind) {
    case "content": {
      const isVertexs = VERTEX_ID.test(decodeText(opening.stream.held));
      const body = pump(opening.stream, expected.requestId, expected.onStreamEnd);
      return { kind: "answer", answer: { response: new Response(body, response), isVertexs } };
    }
    case "error":
      return errorInside200("error_event", errorEventData(opening.text) ?? "", expected);
    case "nothing":
      return noAnswer(opening.label, "The target's stream ended before it had any content.", expected);
  }
}

/** Anthropic's error under a 200: its type tells the status that it should have had. */
function errorInside200(label: string, text: string, expected: Expectation): Outcome {
  const type = envelopeType(parse(text));
  if (!type) return noAnswer(label, "The target answered with an error.", expected);
  const told = { label: `200:${label}`, status: errorStatus(type), body: text };
  return { kind: "failure", failure: { ...told, headers: new Headers(), isAnthropics: true } };
}

async function inspectJson(response: Response, expected: Expectation): Promise<Outcome> {
  const held = await bodyUpTo(response, MAX_HELD_ANSWER_BYTES);
  if (held.kind === "more") {
    return { kind: "answer", answer: { response: new Response(held.rest, response), isVertexs: undefined } };
  }
  if (held.kind === "cut") return noAnswer("cut", "The target's answer was cut short.", expected);
  const text = decodeText(held.chunks);
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const label = text === "" ? "empty" : "no_json";
    return noAnswer(label, "The target answered with something that is no message.", expected);
  }
  if ("type" in value && value.type === "error") return errorInside200("error_body", text, expected);
  return { kind: "answer", answer: { response: new Response(text, response), isVertexs: VERTEX_ID.test(text) } };
}

async function inspectError(response: Response, expected: Expectation): Promise<Outcome> {
  const { status, headers } = response;
  const held = await bodyUpTo(response, MAX_ERROR_BYTES);
  const text = held.kind === "whole" ? decodeText(held.chunks) : "";
  if (held.kind === "more") await held.rest.cancel();
  const value = parse(text);
  const verdict = gatewayVerdict(value);
  if (verdict) {
    const { code, message, status: told } = verdict;
    const retry: HeadersInit = verdict.action === "misconfigured" ? { "x-should-retry": "false" } : {};
    return {
      kind: "gateway",
      verdict,
      failure: madeFailure(`gateway:${code}`, told, message, expected.requestId, retry),
    };
  }
  const failure = providerFailure(status, headers, text, value, expected.requestId);
  const isFailure =
    isFailureStatus(status) ||
    (status === 404 && expected.modelIsKnown) ||
    (status === 400 && ACCOUNT_LIMIT_TEXTS.some((limit) => text.includes(limit))) ||
    !failure.isAnthropics;
  return { kind: isFailure ? "failure" : "caller_error", failure };
}

/** Anthropic's envelope passes byte for byte (clients match its wording); anything else is told without its text. */
function providerFailure(status: number, headers: Headers, text: string, value: unknown, requestId: string): Failure {
  if (envelopeType(value)) return { label: String(status), status, body: text, headers, isAnthropics: true };
  const mapped = googleErrorStatus(value) ?? (status < 400 ? 502 : status);
  return { ...madeFailure(String(status), mapped, `The target answered with status ${status}.`, requestId), headers };
}

function isEventStream(response: Response): response is Response & { body: ReadableStream<Uint8Array> } {
  return response.body !== null && response.headers.get("content-type")?.startsWith("text/event-stream") === true;
}

/** The `error.type` of Anthropic's envelope; undefined for anything else. */
function envelopeType(value: unknown): string | undefined {
  const envelope = value as { type?: unknown; error?: { type?: unknown } } | null | undefined;
  const type = envelope?.type === "error" ? envelope.error?.type : undefined;
  return typeof type === "string" ? type : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
