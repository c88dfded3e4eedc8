/**
 * A provider's answer, whole or broken as the fault says: what comes before any answer, a JSON body, an event stream. Which
 * fault does what is told where faults are declared (`faults.ts`).
 */
import { breakOff, type Exchange, reset, sendJson } from "./exchange.ts";
import type { Fault, ProviderFault } from "./faults.ts";

type Headers = Readonly<Record<string, string>>;
type StreamEvent = { type: string };

/** Faults that leave no response at all. */
type ConnectionFault = Extract<Fault, { mode: "hang" | "reset" | "refused" }>;
/** Faults that a 200 carries. */
export type AnswerFault = Exclude<ProviderFault, ConnectionFault | { mode: "status" }>;

const JSON_TYPE = { "content-type": "application/json" };
const STREAM_TYPE = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };
const HTML_TYPE = { "content-type": "text/html; charset=utf-8" };
const HTML = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>Welcome</h1></body></html>";
/** No UTF-8, so neither JSON nor events. */
const GARBAGE = Buffer.from("ff00fe80c328a0a1e28228f0288cbc0aff00fe80".repeat(8), "hex");
/** Often enough for any test's timer to see several. */
const PING_INTERVAL_MS = 5;
/** Of a stream that breaks: message_start, content_block_start, ping and two words. */
const EVENTS_BEFORE_BREAK = 5;

export function leavesNoResponse<F extends Fault>(fault: F | undefined): fault is Extract<F, ConnectionFault> {
  return fault?.mode === "hang" || fault?.mode === "reset" || fault?.mode === "refused";
}

export function leaveNoResponse(exchange: Exchange, { mode }: ConnectionFault): void {
  if (mode !== "hang") reset(exchange);
}

/** @param errorBody the provider's envelope for an error of that type */
export function sendJsonAnswer(
  exchange: Exchange,
  value: unknown,
  headers: Headers,
  fault: AnswerFault | undefined,
  errorBody: (type: string) => unknown,
): void {
  const { response } = exchange;
  const text = JSON.stringify(value);
  const half = text.slice(0, text.length / 2);
  const whole = { ...headers, ...JSON_TYPE, "content-length": Buffer.byteLength(text) };
  switch (fault?.mode) {
    case undefined:
      return sendJson(exchange, 200, value, headers);
    case "error_event":
    case "error_event_after_content":
    case "error_body":
      return sendJson(exchange, 200, errorBody(fault.type), headers);
    case "cut":
      response.writeHead(200, whole).write(half);
      return breakOff(exchange);
    case "truncated":
      response.writeHead(200, { ...headers, ...JSON_TYPE }).write(half);
      response.end();
      return;
    case "no_content":
      response.writeHead(200, whole).write(half);
      return;
    case "silent":
      response.writeHead(200, whole).flushHeaders();
      return;
    case "empty":
      return sendWhole(exchange, { ...headers, ...JSON_TYPE }, "");
    case "html":
      return sendWhole(exchange, { ...headers, ...HTML_TYPE }, HTML);
    case "garbage":
      return sendWhole(exchange, { ...headers, ...JSON_TYPE }, GARBAGE);
  }
}

/** @param errorBody the provider's envelope for an error of that type */
export function sendStreamAnswer(
  exchange: Exchange,
  events: readonly StreamEvent[],
  headers: Headers,
  fault: AnswerFault | undefined,
  errorBody: (type: string) => StreamEvent,
): void {
  const { response } = exchange;
  const open = () => response.writeHead(200, { ...headers, ...STREAM_TYPE });
  const send = (...sent: readonly StreamEvent[]) => {
    for (const event of sent) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  switch (fault?.mode) {
    case undefined:
      open();
      send(...events);
      response.end();
      return;
    case "error_body":
      return sendJson(exchange, 200, errorBody(fault.type), headers);
    case "error_event":
      open();
      send(...events.slice(0, 1), errorBody(fault.type));
      response.end();
      return;
    case "error_event_after_content":
      open();
      send(...events.slice(0, EVENTS_BEFORE_BREAK), errorBody(fault.type));
      response.end();
      return;
    case "cut":
      open();
      send(...events.slice(0, EVENTS_BEFORE_BREAK));
      response.write("event: content_block_delta\nda");
      return breakOff(exchange);
    case "truncated":
      open();
      send(...events.slice(0, EVENTS_BEFORE_BREAK));
      response.end();
      return;
    case "no_content": {
      open();
      send(...events.slice(0, 1));
      const pings = setInterval(() => send({ type: "ping" }), PING_INTERVAL_MS);
      response.once("close", () => clearInterval(pings));
      return;
    }
    case "silent":
      open();
      send(...events.slice(0, 1));
      return;
    case "empty":
      open();
      response.end();
      return;
    case "html":
      return sendWhole(exchange, { ...headers, ...HTML_TYPE }, HTML);
    case "garbage":
      return sendWhole(exchange, { ...headers, ...STREAM_TYPE }, GARBAGE);
  }
}

function sendWhole({ response }: Exchange, headers: Headers, body: string | Buffer): void {
  response.writeHead(200, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
