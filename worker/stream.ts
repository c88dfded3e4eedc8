/**
 * Event streams: the first decisive event tells whether a 200 is an answer, and a stream that ends without `message_stop`
 * gets an `error` event, so that a cut answer never looks complete. Erroring the response would not do: workerd ends it
 * cleanly. The pump runs in JS (about 0.1 ms of CPU an event) because the end must be seen; `tee` would hold everything back.
 */
import { errorBody } from "./errors.ts";
import { utf8 } from "./step.ts";

/** Events that may come before an answer has begun. Source: platform.claude.com, "Streaming messages". */
const UNDECIDED = new Set(["message_start", "ping"]);

const LF = 0x0a;
const CR = 0x0d;
/** Longer than any event name; of longer lines only the beginning is looked at. */
const LINE_HEAD_BYTES = 64;
const EVENT_FIELD = /^event: ?(.*)$/;

/** Names the events of a stream as they are completed, whatever the chunks; `\n`, `\r\n` and `\r` end lines. */
export class EventNames {
  #lineHead: number[] = [];
  #name = "";
  #hasData = false;
  #afterCr = false;

  /** @returns the names of the events that end in this chunk; "" for one without a name. */
  push(chunk: Uint8Array): string[] {
    const completed: string[] = [];
    for (const byte of chunk) {
      const endsCrLf = byte === LF && this.#afterCr;
      this.#afterCr = byte === CR;
      if (endsCrLf) continue;
      if (byte !== LF && byte !== CR) {
        if (this.#lineHead.length < LINE_HEAD_BYTES) this.#lineHead.push(byte);
      } else if (this.#lineHead.length > 0) {
        this.#endLine();
      } else if (this.#name !== "" || this.#hasData) {
        completed.push(this.#name);
        this.#name = "";
        this.#hasData = false;
      }
    }
    return completed;
  }

  #endLine(): void {
    const line = String.fromCharCode(...this.#lineHead);
    this.#lineHead = [];
    const name = EVENT_FIELD.exec(line)?.[1];
    if (name !== undefined) this.#name = name;
    else if (line.startsWith("data")) this.#hasData = true;
  }
}

/** A stream whose beginning has been looked at. */
export interface OpenStream {
  held: readonly Uint8Array[];
  reader: ReadableStreamDefaultReader<Uint8Array>;
  names: EventNames;
  /** The decisive event and those behind it in the same chunk. */
  seen: readonly string[];
}

export type Opening =
  | { kind: "content"; stream: OpenStream }
  /** The first decisive event is `error`; the text is all that came. */
  | { kind: "error"; text: string }
  /** The stream ended, broke or stayed silent too long before anything decisive. */
  | { kind: "nothing"; label: "empty_stream" | "cut_before_content" | "event_timeout" };

/** @param timeoutMs to the first decisive event; pings do not reset it. */
export async function openStream(body: ReadableStream<Uint8Array>, timeoutMs: number): Promise<Opening> {
  const reader = body.getReader();
  const held: Uint8Array[] = [];
  const names = new EventNames();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const timeout = new Promise<"timeout">((resolve) => {
    timer = setTimeout(() => resolve("timeout"), timeoutMs);
  });
  const nothing = (label: "empty_stream" | "cut_before_content" | "event_timeout"): Opening => {
    reader.cancel().catch(() => undefined);
    return { kind: "nothing", label };
  };
  try {
    for (;;) {
      const read = await Promise.race([reader.read(), timeout]);
      if (read === "timeout") return nothing("event_timeout");
      if (read.done) return nothing(held.length === 0 ? "empty_stream" : "cut_before_content");
      held.push(read.value);
      const seen = names.push(read.value).filter((name) => !UNDECIDED.has(name));
      if (seen[0] === "error") {
        reader.cancel().catch(() => undefined);
        return { kind: "error", text: decodeText(held) };
      }
      if (seen.length > 0) return { kind: "content", stream: { held, reader, names, seen } };
    }
  } catch {
    return nothing(held.length === 0 ? "empty_stream" : "cut_before_content");
  } finally {
    clearTimeout(timer);
  }
}

/** How an answer's stream ended; `error`: by an event of the target's own. */
export type StreamEnd = "complete" | "error" | "cut" | "client_left";

/** Passes everything on as it comes, and closes a cut stream with an `error` event. */
export function pump(
  { held, reader, names, seen }: OpenStream,
  requestId: string,
  onEnd: (end: StreamEnd) => void,
): ReadableStream<Uint8Array> {
  let end: StreamEnd = endAfter(seen, "cut");
  let hasLeft = false;
  const close = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    if (hasLeft) return;
    if (end === "cut") controller.enqueue(cutEvent(requestId));
    controller.close();
    onEnd(end);
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of held) controller.enqueue(chunk);
    },
    async pull(controller) {
      try {
        const { value, done } = await reader.read();
        if (done || hasLeft) return close(controller);
        end = endAfter(names.push(value), end);
        controller.enqueue(value);
      } catch {
        close(controller);
      }
    },
    cancel(reason) {
      hasLeft = true;
      onEnd("client_left");
      return reader.cancel(reason);
    },
  });
}

/** After either of the two events a client knows where it stands. */
function endAfter(names: readonly string[], before: StreamEnd): StreamEnd {
  if (names.includes("message_stop")) return "complete";
  return names.includes("error") ? "error" : before;
}

/** The blank line in front ends whatever line or event the cut has left open. */
function cutEvent(requestId: string): Uint8Array {
  const data = errorBody("api_error", "The target's stream ended before the message was complete.", requestId);
  return utf8(`\n\nevent: error\ndata: ${data}\n\n`);
}

export function decodeText(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("");
}

/** The data of the first `error` event of a text that has one; line ends may be mixed, as `EventNames` takes them. */
export function errorEventData(text: string): string | undefined {
  let name = "";
  let data: string[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === "") {
      if (name === "error") return data.join("\n");
      name = "";
      data = [];
    } else if (line.startsWith("data:")) {
      data.push(line.slice(5).trimStart());
    } else {
      name = EVENT_FIELD.exec(line)?.[1] ?? name;
    }
  }
  return undefined;
}
