/**
 * Classifies a target's response. It is an answer, a failure of the target (then the next target is
 * asked), the caller's own error (which is returned), or a verdict of the gateway itself. A 200 is
 * an answer only if a stream has content, or a JSON body is whole and has the expected form.
 */
import { errorStatus, type Failure, ownFailure } from "../errors.ts";
import { parseJson } from "../parse-json.ts";
import { providerOf } from "../targets/id-marks.ts";
import type { Provider } from "../targets/target.ts";
import type { TimeLimit } from "../time-limit.ts";
import { type AccountLimit, accountLimit } from "./account-limits.ts";
import { type Blame, blameFor, type Suspicion } from "./blame.ts";
import { type BufferedBody, bufferBody } from "./buffer.ts";
import { withoutCloudflares } from "./cloudflare-errors.ts";
import { type OpenStream, openStream } from "./event-stream.ts";
import { type GatewayVerdict, gatewayVerdict } from "./gateway-errors.ts";
import { googleErrorStatus } from "./google-errors.ts";

/**
 * Longest JSON answer that is held until it is whole. A longer one is passed on while it arrives.
 */
const MAX_HELD_ANSWER_BYTES = 16 * 1024 * 1024;
/** Longest error whose body is used. For a longer error only the status is used. */
const MAX_ERROR_BYTES = 1024 * 1024;
/** Time limit for the body of an error. It is short, because the status is already known. */
const ERROR_BODY_MS = 5_000;

/**
 * The body to pass on: a text that was held until it was whole, or the rest of an answer that is
 * still arriving.
 */
export type AnswerBody =
  | { kind: "text"; text: string }
  | { kind: "stream"; stream: OpenStream }
  /** A body that is too long to be held, or that is not read. */
  | { kind: "bytes"; held: readonly Uint8Array[]; reader: ReadableStreamDefaultReader<Uint8Array> };

export interface Answer {
  response: Response;
  body: AnswerBody;
  /** Who made the message, by its id; undefined if there is no id. */
  servedBy: Provider | undefined;
}

export type Outcome =
  | { kind: "answer"; answer: Answer }
  | { kind: "failure"; failure: Failure; blame: Blame }
  | { kind: "caller_error"; failure: Failure }
  | { kind: "gateway"; verdict: GatewayVerdict; failure: Failure };

/**
 * The expected form of a JSON answer. `any` accepts a message and a token count, for requests whose
 * body was not read.
 */
export type AnswerShape = "message" | "token_count" | "resource" | "file" | "any";

export interface Expectation extends Suspicion {
  /**
   * Whether the caller wants a stream. Undefined if the request's body was not read; then the
   * answer's content type decides.
   */
  stream: boolean | undefined;
  shape: AnswerShape;
}

/** Time limits for the phases after the headers, in milliseconds. */
export interface PhaseLimits {
  /** Time limit for a stream's first content. */
  firstContentMs: number;
  /** Time limit for the end of any other answer. */
  wholeMs: number;
}

export async function classify(
  response: Response,
  expected: Expectation,
  limit: TimeLimit,
  limits: PhaseLimits,
): Promise<Outcome> {
  if (!response.ok) {
    limit.set(Math.min(ERROR_BODY_MS, limits.wholeMs));
    return classifyError(response, expected, await bufferBody(response, MAX_ERROR_BYTES, limit));
  }
  const isStream = isEventStream(response);
  if (isStream && expected.stream !== false) {
    limit.set(limits.firstContentMs);
    return classifyStream(response, await openStream(response.body, limit));
  }
  if (expected.shape === "file") return answer(response, { kind: "bytes", held: [], ...unread(response) }, undefined);
  limit.set(limits.wholeMs);
  const held = await bufferBody(response, MAX_HELD_ANSWER_BYTES, limit);
  return classifyWhole(response, expected, held);
}

function answer(response: Response, body: AnswerBody, servedBy: Provider | undefined): Outcome {
  return { kind: "answer", answer: { response, body, servedBy } };
}

/** @returns the failure for a 200 that is not an answer, which no caller can cause */
function noAnswer(label: string, message: string): Outcome {
  return { kind: "failure", failure: ownFailure(`200:${label}`, 502, message), blame: "target" };
}

function classifyStream(response: Response, opening: Awaited<ReturnType<typeof openStream>>): Outcome {
  switch (opening.kind) {
    case "content": {
      const { stream } = opening;
      return answer(response, { kind: "stream", stream }, providerOf(stream.messageId));
    }
    case "error":
      return errorInside200("error_event", opening.data);
    case "nothing": {
      if (opening.label !== "event_timeout") {
        return noAnswer(opening.label, "The target's stream ended before it had any content.");
      }
      // The request may be the cause, because some requests take long.
      const failure = ownFailure("200:event_timeout", 504, "The target's stream had no content in time.");
      return { kind: "failure", failure, blame: "unclear" };
    }
  }
}

/**
 * @returns the failure for an error of Anthropic with status 200; the error's type gives the right
 * status
 */
function errorInside200(label: string, text: string): Outcome {
  const type = envelopeOf(parseJson(text))?.type;
  if (type === undefined) return noAnswer(label, "The target answered with an error.");
  const failure: Failure = {
    label: `200:${label}`,
    status: errorStatus(type),
    headers: new Headers(),
    body: { kind: "provider", text },
  };
  // Errors that a caller has caused usually come as a status, before the first event.
  return { kind: "failure", failure, blame: failure.status >= 429 ? "target" : "unclear" };
}

function classifyWhole(response: Response, { stream, shape }: Expectation, held: BufferedBody): Outcome {
  switch (held.kind) {
    case "more":
      if (stream) return noAnswer("no_stream", "The target answered a streamed request without an event stream.");
      return answer(response, { kind: "bytes", held: held.held, reader: held.reader }, undefined);
    case "cut":
      return noAnswer("cut", "The target's answer was cut short.");
    case "late":
      return timeOut();
  }
  const { text } = held;
  const value = parseJson(text);
  if (envelopeOf(value)) return errorInside200("error_body", text);
  if (stream) return noAnswer("no_stream", "The target answered a streamed request without an event stream.");
  if (text === "") return noAnswer("empty", "The target's answer was empty.");
  if (value === undefined) return noAnswer("no_json", "The target's answer was not JSON.");
  if (!hasShape(value, shape)) return noAnswer("no_message", "The target's answer does not have the expected form.");
  return answer(response, { kind: "text", text }, providerOf((value as { id?: unknown }).id));
}

export function timeOut(): Outcome {
  const failure = ownFailure("timeout", 504, "The target did not answer in time.");
  return { kind: "failure", failure, blame: "unclear" };
}

function classifyError(response: Response, expected: Expectation, held: BufferedBody): Outcome {
  const { status, headers } = response;
  const text = held.kind === "whole" ? held.text : "";
  const value = parseJson(text);
  const verdict = gatewayVerdict(value);
  if (verdict) {
    const { code, message, status: told } = verdict;
    const retry: HeadersInit = verdict.action === "misconfigured" ? { "x-should-retry": "false" } : {};
    return { kind: "gateway", verdict, failure: ownFailure(`gateway:${code}`, told, message, retry) };
  }
  const envelope = envelopeOf(value);
  const limit = envelope && accountLimit(status, envelope.code);
  if (limit) return limitReached(response, text, limit, expected);
  const google = googleErrorStatus(value);
  const told = google ?? (status < 400 ? 502 : withoutCloudflares(status));
  const failure: Failure = envelope
    ? { label: String(status), status, headers, body: { kind: "provider", text } }
    : { ...ownFailure(String(status), told, statusText(status)), headers };
  const blame = blameFor(status, envelope?.message, google !== undefined, expected);
  return blame ? { kind: "failure", failure, blame } : { kind: "caller_error", failure };
}

/**
 * The error keeps its text, which says when access returns. The SDKs retry every 429, which is in
 * vain at a spend limit. Source: platform.claude.com, "Rate limits".
 */
function limitReached(
  { status, headers }: Response,
  text: string,
  limit: AccountLimit,
  { callerChoseAccount }: Expectation,
): Outcome {
  const told = new Headers(headers);
  if (!limit.waitingHelps) told.set("x-should-retry", "false");
  const label = `${status}:${limit.code}`;
  const blame = limit.isOurs && !callerChoseAccount ? "target" : "unclear";
  return { kind: "failure", blame, failure: { label, status, headers: told, body: { kind: "provider", text }, limit } };
}

function statusText(status: number): string {
  return `The target answered with status ${status}.`;
}

function isEventStream(response: Response): response is Response & { body: ReadableStream<Uint8Array> } {
  return response.body !== null && /^text\/event-stream/i.test(response.headers.get("content-type") ?? "");
}

function unread(response: Response): { reader: ReadableStreamDefaultReader<Uint8Array> } {
  return { reader: (response.body ?? new Blob([]).stream()).getReader() };
}

/**
 * @returns whether the JSON has the expected form. Source: the response types of @anthropic-ai/sdk.
 */
function hasShape(value: unknown, shape: AnswerShape): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { type, content, input_tokens, id, data } = value as Readonly<Record<string, unknown>>;
  switch (shape) {
    case "message":
      return type === "message" && Array.isArray(content);
    case "token_count":
      return typeof input_tokens === "number";
    case "resource":
      return Array.isArray(data) || typeof id === "string";
    case "file":
    case "any":
      return type === "message" || typeof input_tokens === "number";
  }
}

/** @returns the error, if the value has the form of Anthropic's errors */
function envelopeOf(value: unknown): { type: string; message: string; code: unknown } | undefined {
  const envelope = value as { type?: unknown; error?: EnvelopedError } | null | undefined;
  const { type, message, details } = (envelope?.type === "error" && envelope.error) || {};
  if (typeof type !== "string") return undefined;
  return { type, message: typeof message === "string" ? message : "", code: details?.error_code };
}

interface EnvelopedError {
  type?: unknown;
  message?: unknown;
  details?: { error_code?: unknown } | null;
}
