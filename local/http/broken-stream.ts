/** A provider's event stream, whole or broken as the fault says. */
import {
  type AnswerFault,
  BYTE_ORDER_MARK,
  type Headers,
  sendGarbage,
  sendNonMessage,
  sendSlowly,
  sendWebPage,
} from "./broken-answer.ts";
import { breakOff, type Exchange, repeat, sendJson } from "./exchange.ts";

type StreamEvent = { type: string };
type CutPoint = NonNullable<Extract<AnswerFault, { mode: "cut" }>["at"]>;

/** What to send, and how to end. */
interface StreamPlan {
  pieces: readonly (string | Buffer)[];
  ending: "end" | "cut" | "silence" | "pings";
}

const STREAM_TYPE = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };
/** The same content type by RFC 9110, section 8.3.1. */
const UNUSUAL_STREAM_TYPE = "Text/Event-Stream; Charset=UTF-8";
/** Short, so that every test sees several pings. */
const PING_INTERVAL_MS = 5;
/** message_start and content_block_start. */
const EVENTS_BEFORE_CONTENT = 2;
/** A broken stream has message_start, content_block_start, ping and two words. */
const EVENTS_BEFORE_BREAK = 5;

const CUT_EVENT = "event: content_block_delta";
const CUT_DATA = 'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" café"}}';
/** The parts of the event that arrive before the connection breaks. */
const CUT_PIECES: Readonly<Record<CutPoint, readonly (string | Buffer)[]>> = {
  line: [`${CUT_EVENT}\nda`],
  character: [`${CUT_EVENT}\n`, firstByteOf("é", CUT_DATA)],
  fields: [`${CUT_EVENT}\n`],
  cr: [`${CUT_EVENT}\r\n${CUT_DATA}\r`],
  event: [],
};

/** @param errorBody returns the provider's envelope for an error type */
export function sendStreamAnswer(
  exchange: Exchange,
  events: readonly StreamEvent[],
  ownHeaders: Headers,
  fault: AnswerFault | undefined,
  errorBody: (type: string) => StreamEvent,
): void {
  const headers = { ...ownHeaders, ...STREAM_TYPE };
  switch (fault?.mode) {
    case "error_body":
      return sendJson(exchange, 200, errorBody(fault.type), ownHeaders);
    case "not_a_message":
      return sendNonMessage(exchange, ownHeaders, fault.body);
    case "html":
      return sendWebPage(exchange, ownHeaders);
    case "garbage":
      return sendGarbage(exchange, headers);
    case "slow":
      exchange.response.writeHead(200, headers);
      return sendSlowly(exchange, events.map(serialize), fault.intervalMs);
    case "content_type":
      exchange.response.writeHead(200, { ...headers, "content-type": fault.value ?? UNUSUAL_STREAM_TYPE });
      return sendPlan(exchange, { pieces: events.map(serialize), ending: "end" });
    default:
      exchange.response.writeHead(200, headers);
      return sendPlan(exchange, planFor(fault, events, errorBody));
  }
}

/** Faults that change the stream's events or how it ends. */
type StreamFault = Exclude<
  AnswerFault,
  { mode: "error_body" | "not_a_message" | "html" | "garbage" | "slow" | "content_type" }
>;

function planFor(
  fault: StreamFault | undefined,
  events: readonly StreamEvent[],
  errorBody: (type: string) => StreamEvent,
): StreamPlan {
  const whole = events.map(serialize);
  const start = whole.slice(0, 1);
  const content = whole.slice(0, EVENTS_BEFORE_BREAK);
  const error = (type: string) => serialize(errorBody(type));
  switch (fault?.mode) {
    case undefined:
      return { pieces: whole, ending: "end" };
    case "bom":
      return { pieces: [BYTE_ORDER_MARK, ...whole], ending: "end" };
    case "missing_blank_line":
      return { pieces: [...whole.slice(0, -1), (whole.at(-1) ?? "").slice(0, -1)], ending: "end" };
    case "stop_without_data":
      return { pieces: [...whole.slice(0, -1), "event: message_stop\n\n"], ending: "end" };
    case "open_after_stop":
      return { pieces: whole, ending: "silence" };
    case "error_event":
      return { pieces: [...start, error(fault.type)], ending: "end" };
    case "error_after_block_start":
      return { pieces: [...whole.slice(0, EVENTS_BEFORE_CONTENT), error(fault.type)], ending: "end" };
    case "error_event_after_content":
      return { pieces: [...content, error(fault.type)], ending: "end" };
    case "cut":
      return { pieces: [...content, ...CUT_PIECES[fault.at ?? "line"]], ending: "cut" };
    case "truncated":
      return { pieces: content, ending: "end" };
    case "empty":
      return { pieces: [], ending: "end" };
    case "no_content":
      return { pieces: start, ending: "pings" };
    case "pings_after_content":
      return { pieces: content, ending: "pings" };
    case "silent":
      return { pieces: start, ending: "silence" };
    case "silent_after_content":
      return { pieces: content, ending: "silence" };
  }
}

function sendPlan(exchange: Exchange, { pieces, ending }: StreamPlan): void {
  const { response } = exchange;
  for (const piece of pieces) response.write(piece);
  if (ending === "end") response.end();
  else if (ending === "cut") breakOff(exchange);
  else if (ending === "pings") repeat(exchange, PING_INTERVAL_MS, () => response.write(serialize({ type: "ping" })));
}

function serialize(event: StreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** The bytes of a text up to the first byte of a multi-byte character. */
function firstByteOf(character: string, text: string): Buffer {
  const bytes = Buffer.from(text);
  return bytes.subarray(0, bytes.indexOf(character) + 1);
}
