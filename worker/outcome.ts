/**
 * What a target's response turned out to be: an answer, the target's failure (the chain goes on), the caller's own error
 * (it is returned), or a verdict of the gateway itself. A 200 is not yet an answer: a stream's first decisive event and a
 * whole JSON body decide.
 */
import type { Target } from "./chain.ts";
import { errorBody, errorStatus, errorType } from "./errors.ts";
import { type GatewayVerdict, gatewayVerdict } from "./gateway-errors.ts";
import { googleErrorStatus } from "./google-errors.ts";
import { decodeText, errorEventData, openStream, pump } from "./stream.ts";

/** A JSON answer is held until it is whole, up to here; a longer one is passed on as it comes. */
export const MAX_HELD_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

/** Credential, billing, path and load are ours or the target's, never the caller's. */
const FAILURE_STATUSES = new Set([401, 402, 403, 408, 429]);
/** The 400s that are about our account. Source: platform.claude.com, "Errors" and "Rate limits" (spend limits). */
const ACCOUNT_LIMIT_TEXTS = ["credit balance is too low", "specified API usage limits"];

/** An error in Anthropic's envelope, ready to be answered. */
export interface Failure {
  /** For `x-failover-attempts`: the status, or a word for what there was instead of one. */
  label: string;
  status: number;
  body: string;
  /** Of the response that failed; empty where there was none. */
  headers: Headers;
}

export type Outcome =
  | { kind: "answer"; response: Response }
  | { kind: "failure"; failure: Failure }
  | { kind: "caller_error"; failure: Failure }
  | { kind: "gateway"; verdict: GatewayVerdict; failure: Failure };

export interface Expectation {
  stream: boolean;
  /** To a stream's first decisive event. */
  firstEventMs: number;
  /** A 404 for a model that the table knows is not the caller's fault. */
  modelIsKnown: boolean;
  requestId: string;
}

export async function inspect(response: Response, expected: Expectation): Promise<Outcome> {
  if (response.ok) return expected.stream ? inspectStream(response, expected) : inspectJson(response, expected);
  return inspectError(response, expected);
}

/** A failure that no response of the target's tells of. */
export function madeFailure(label: string, status: number, message: string, requestId: string): Failure {
  return { label, status, body: errorBody(errorType(status), message, requestId), headers: new Headers() };
}

async function inspectStream(response: Response, expected: Expectation): Promise<Outcome> {
  const failed = (label: string, message: string): Outcome => ({
    kind: "failure",
    failure: madeFailure(`200:${label}`, 502, message, expected.requestId),
  });
  if (!response.body) return failed("empty_stream", "The target answered with an empty body.");
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    await response.body.cancel();
    return failed("no_stream", "The target answered a streamed request with something else.");
  }
  const opening = await openStream(response.body, expected.firstEventMs);
  switch (opening.kind) {
    case "content":
      return { kind: "answer", response: new Response(pump(opening.stream, expected.requestId), response) };
    case "error":
      return {
        kind: "failure",
        failure: errorInside200("error_event", errorEventData(opening.text) ?? "", expected.requestId),
      };
    case "nothing":
      return failed(opening.label, "The target's stream ended before it had any content.");
  }
}

/** Anthropic's error under a 200: its type tells the status that it should have had. */
function errorInside200(label: string, text: string, requestId: string): Failure {
  const type = envelopeType(text);
  if (!type) return madeFailure(`200:${label}`, 502, "The target answered with an error.", requestId);
  return { label: `200:${label}`, status: errorStatus(type), body: text, headers: new Headers() };
}

async function inspectJson(response: Response, expected: Expectation): Promise<Outcome> {
  const held = await readUpTo(response, MAX_HELD_ANSWER_BYTES);
  if (held.kind === "more") return { kind: "answer", response: new Response(held.rest, response) };
  const failed = (label: string, message: string): Outcome => ({
    kind: "failure",
    failure: madeFailure(`200:${label}`, 502, message, expected.requestId),
  });
  if (held.kind === "cut") return failed("cut", "The target's answer was cut short.");
  const value = parse(held.text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return failed(held.text === "" ? "empty" : "no_json", "The target answered with something that is no message.");
  }
  if ("type" in value && value.type === "error") {
    return { kind: "failure", failure: errorInside200("error_body", held.text, expected.requestId) };
  }
  return { kind: "answer", response: new Response(held.text, response) };
}

async function inspectError(response: Response, expected: Expectation): Promise<Outcome> {
  const { status, headers } = response;
  const held = await readUpTo(response, MAX_ERROR_BYTES);
  const text = held.kind === "whole" ? held.text : "";
  if (held.kind === "more") await held.rest.cancel();
  const value = parse(text);
  const verdict = gatewayVerdict(value);
  if (verdict) {
    const failure = madeFailure(`gateway:${verdict.code}`, verdict.status, verdict.message, expected.requestId);
    return { kind: "gateway", verdict, failure };
  }
  const failure = providerFailure(status, headers, text, value, expected.requestId);
  const isFailure =
    FAILURE_STATUSES.has(status) ||
    status >= 500 ||
    (status === 404 && expected.modelIsKnown) ||
    (status === 400 && ACCOUNT_LIMIT_TEXTS.some((limit) => text.includes(limit))) ||
    envelopeType(text) === undefined;
  return { kind: isFailure ? "failure" : "caller_error", failure };
}

/** Anthropic's envelope passes byte for byte (clients match its wording); anything else is told without its text. */
function providerFailure(status: number, headers: Headers, text: string, value: unknown, requestId: string): Failure {
  if (envelopeType(text)) return { label: String(status), status, body: text, headers };
  const mapped = googleErrorStatus(value) ?? (status < 400 ? 502 : status);
  const message = `The target answered with status ${status}.`;
  return { ...madeFailure(String(status), mapped, message, requestId), headers };
}

/** The `error.type` of Anthropic's envelope; undefined for anything else. */
function envelopeType(text: string): string | undefined {
  const value = parse(text) as { type?: unknown; error?: { type?: unknown } } | null | undefined;
  const type = value?.type === "error" ? value.error?.type : undefined;
  return typeof type === "string" ? type : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Held = { kind: "whole"; text: string } | { kind: "cut" } | { kind: "more"; rest: ReadableStream<Uint8Array> };

async function readUpTo(response: Response, limitBytes: number): Promise<Held> {
  if (!response.body) return { kind: "whole", text: "" };
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return { kind: "whole", text: decodeText(chunks) };
      chunks.push(value);
      length += value.length;
      if (length > limitBytes) return { kind: "more", rest: resumed(chunks, reader) };
    }
  } catch {
    return { kind: "cut" };
  }
}

function resumed(
  held: readonly Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of held) controller.enqueue(chunk);
    },
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel(reason) {
      return reader.cancel(reason);
    },
  });
}

/** Which of the targets that were sent together answered or, alone, failed; undefined where nothing tells. */
export function whoServed(response: Response | undefined, targets: readonly Target[]): number | undefined {
  if (targets.length === 1) return 0;
  if (!response) return undefined;
  const step = response.headers.get("cf-aig-step");
  if (step !== null && /^\d+$/.test(step) && Number(step) < targets.length) return Number(step);
  const vertex = targets.flatMap((target, index) => (target.kind === "vertex" ? [index] : []));
  if (response.headers.get("request-id")?.startsWith("req_vrtx_") && vertex.length === 1) return vertex[0];
  return undefined;
}
