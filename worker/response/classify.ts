/**
 * Classifies a target's response: an answer, the target's failure (the next target is asked),
 * the caller's own error (it is returned), or a verdict of the gateway itself. A 200 is not yet an
 * answer: a stream's first content and a whole JSON body decide.
 */
import { decodeText } from "../bytes.ts";
import { errorStatus, type Failure, ownFailure } from "../errors.ts";
import { parseJson } from "../parse-json.ts";
import type { TimeLimit } from "../time-limit.ts";
import { type Blame, blameFor, type Suspicion } from "./blame.ts";
import { type BufferedBody, bufferBody } from "./buffer.ts";
import { type OpenStream, openStream } from "./event-stream.ts";
import { type GatewayVerdict, gatewayVerdict } from "./gateway-errors.ts";
import { googleErrorStatus } from "./google-errors.ts";

/** A JSON answer is held until it is whole, up to here; a longer one is passed on as it comes. */
const MAX_HELD_ANSWER_BYTES = 16 * 1024 * 1024;
/** Of a longer error only the status is used. */
const MAX_ERROR_BYTES = 1024 * 1024;
/** The status is known already: an error's text is worth no longer wait. */
const ERROR_BODY_MS = 5_000;

/** What is passed on: an answer that was held whole, or one that is still coming. */
export type AnswerBody =
  | { kind: "text"; text: string }
  | { kind: "stream"; stream: OpenStream }
  /** Too long to be held. */
  | { kind: "bytes"; held: readonly Uint8Array[]; reader: ReadableStreamDefaultReader<Uint8Array> };

export interface Answer {
  response: Response;
  body: AnswerBody;
  /** Whether the message's id is one of Vertex's; undefined if there is no id. */
  fromVertex: boolean | undefined;
}

export type Outcome =
  | { kind: "answer"; answer: Answer }
  | { kind: "failure"; failure: Failure; blame: Blame }
  | { kind: "caller_error"; failure: Failure }
  | { kind: "gateway"; verdict: GatewayVerdict; failure: Failure };

/**
 * What kind of JSON is an answer. `any`: anything but an error, for requests whose body was not read.
 */
export type AnswerShape = "message" | "token_count" | "resource" | "file" | "any";

export interface Expectation extends Suspicion {
  /** Undefined: whatever the content type says, for a request whose body was not read. */
  stream: boolean | undefined;
  shape: AnswerShape;
}

/** How long the phases behind the headers may take, in milliseconds. */
export interface PhaseLimits {
  /** To a stream's first content. */
  firstContentMs: number;
  /** To the end of any other answer. */
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

function answer(response: Response, body: AnswerBody, fromVertex: boolean | undefined): Outcome {
  return { kind: "answer", answer: { response, body, fromVertex } };
}

/** A 200 that is not an answer. No caller can cause one. */
function noAnswer(label: string, message: string): Outcome {
  return { kind: "failure", failure: ownFailure(`200:${label}`, 502, message), blame: "target" };
}

function classifyStream(response: Response, opening: Awaited<ReturnType<typeof openStream>>): Outcome {
  switch (opening.kind) {
    case "content": {
      const { stream } = opening;
      return answer(response, { kind: "stream", stream }, isVertexId(stream.messageId));
    }
    case "error":
      return errorInside200("error_event", opening.data);
    case "nothing": {
      if (opening.label !== "event_timeout") {
        return noAnswer(opening.label, "The target's stream ended before it had any content.");
      }
      // A request that takes long to begin may be why.
      const failure = ownFailure("200:event_timeout", 504, "The target's stream had no content in time.");
      return { kind: "failure", failure, blame: "unclear" };
    }
  }
}

/** Anthropic's error with status 200: its type shows the status that it should have had. */
function errorInside200(label: string, text: string): Outcome {
  const type = envelopeOf(parseJson(text))?.type;
  if (type === undefined) return noAnswer(label, "The target answered with an error.");
  const failure: Failure = {
    label: `200:${label}`,
    status: errorStatus(type),
    headers: new Headers(),
    body: { kind: "provider", text },
  };
  // A caller's own error comes as a status, before the first event.
  return { kind: "failure", failure, blame: failure.status >= 429 ? "target" : "unclear" };
}

function classifyWhole(response: Response, { stream, shape }: Expectation, held: BufferedBody): Outcome {
  switch (held.kind) {
    case "more":
      if (stream) return noAnswer("no_stream", "The target answered a streamed request with something else.");
      return answer(response, { kind: "bytes", held: held.held, reader: held.reader }, undefined);
    case "cut":
      return noAnswer("cut", "The target's answer was cut short.");
    case "late":
      return timeOut();
  }
  const text = decodeText(held.chunks);
  const value = parseJson(text);
  if (envelopeOf(value)) return errorInside200("error_body", text);
  if (stream) return noAnswer("no_stream", "The target answered a streamed request with something else.");
  if (text === "") return noAnswer("empty", "The target's answer was empty.");
  if (value === undefined) return noAnswer("no_json", "The target's answer was not JSON.");
  if (!hasShape(value, shape)) return noAnswer("no_message", "The target answered with something else than an answer.");
  return answer(response, { kind: "text", text }, isVertexId((value as { id?: unknown }).id));
}

export function timeOut(): Outcome {
  const failure = ownFailure("timeout", 504, "The target did not answer in time.");
  return { kind: "failure", failure, blame: "unclear" };
}

function classifyError(response: Response, expected: Expectation, held: BufferedBody): Outcome {
  const { status, headers } = response;
  const text = held.kind === "whole" ? decodeText(held.chunks) : "";
  const value = parseJson(text);
  const verdict = gatewayVerdict(value);
  if (verdict) {
    const { code, message, status: told } = verdict;
    const retry: HeadersInit = verdict.action === "misconfigured" ? { "x-should-retry": "false" } : {};
    return { kind: "gateway", verdict, failure: ownFailure(`gateway:${code}`, told, message, retry) };
  }
  const envelope = envelopeOf(value);
  const google = googleErrorStatus(value);
  const failure: Failure = envelope
    ? { label: String(status), status, headers, body: { kind: "provider", text } }
    : { ...ownFailure(String(status), google ?? (status < 400 ? 502 : status), statusText(status)), headers };
  const blame = blameFor(status, envelope?.message, google !== undefined, expected);
  return blame ? { kind: "failure", failure, blame } : { kind: "caller_error", failure };
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

/** Whether JSON is what was asked for. Source: the response types of @anthropic-ai/sdk. */
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

function isVertexId(id: unknown): boolean | undefined {
  return typeof id === "string" ? id.startsWith("msg_vrtx_") : undefined;
}

/** Anthropic's error envelope; undefined for anything else. */
function envelopeOf(value: unknown): { type: string; message: string } | undefined {
  const envelope = value as { type?: unknown; error?: { type?: unknown; message?: unknown } } | null | undefined;
  const { type, message } = (envelope?.type === "error" && envelope.error) || {};
  return typeof type === "string" ? { type, message: typeof message === "string" ? message : "" } : undefined;
}
