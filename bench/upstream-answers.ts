/** What the upstream answers, as bytes of HTTP/1.1. */

/** How the upstream answers a call. */
export type Pattern =
  | { kind: "message" }
  /** A stream of events without a pause. `perWrite` events are in one chunk of the body. */
  | { kind: "events"; events: number; perWrite: number }
  /** A stream with a pause before each event but the first. Each event has the time of its sending. */
  | { kind: "paced"; events: number; everyMs: number }
  /** A stream that stays open after its first event. */
  | { kind: "held" };

export interface Answering {
  pattern: Pattern;
  /** Whether Anthropic is overloaded, so that each request ends at Vertex. */
  anthropicFails: boolean;
}

const MESSAGE_TEXT = "word ".repeat(100);

function json(status: string, body: object, headers = ""): Buffer {
  const text = JSON.stringify(body);
  return Buffer.from(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${headers}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
}

function chunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

function delta(text: string): string {
  return event("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
}

function answersOf(id: string, step: number) {
  const usage = { input_tokens: 9, output_tokens: 16 };
  const about = { id, type: "message", role: "assistant", model: "claude-sonnet-4-6", stop_sequence: null, usage };
  const start = event("message_start", { message: { ...about, content: [], stop_reason: null } });
  const block = event("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
  const head = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncf-aig-step: ${step}\r\ntransfer-encoding: chunked\r\n\r\n`;
  const end = `${event("content_block_stop", { index: 0 })}${event("message_delta", { delta: { stop_reason: "end_turn" } })}${event("message_stop", {})}`;
  return {
    message: json(
      "200 OK",
      { ...about, content: [{ type: "text", text: MESSAGE_TEXT }], stop_reason: "end_turn" },
      `cf-aig-step: ${step}\r\n`,
    ),
    opening: Buffer.concat([Buffer.from(head), chunk(start), chunk(block)]),
    ending: Buffer.concat([chunk(end), Buffer.from("0\r\n\r\n")]),
  };
}

export type Answers = ReturnType<typeof answersOf>;

export const ANSWERS = {
  anthropic: answersOf("msg_01bench", 0),
  /** Vertex, asked alone and as the second step of a call. */
  vertex: answersOf("msg_vrtx_01bench", 0),
  vertexSecond: answersOf("msg_vrtx_01bench", 1),
  token: json("200 OK", { access_token: "ya29.bench", expires_in: 3_599, token_type: "Bearer" }),
  overloaded: json("529 Overloaded", { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
  lengthRequired: json("411 Length Required", {}, "connection: close\r\n"),
  event: chunk(delta("hello world")),
  /** @returns an event with the time in microseconds of the clock that all processes share */
  stampedEvent: () => chunk(delta(`at=${nowUs()};`)),
  chunkOf: (events: number) => chunk(delta("hello world").repeat(events)),
};

/** Microseconds of the machine's monotonic clock, which is the same for all processes. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
