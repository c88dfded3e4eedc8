/**
 * Passes the whole events of a stream on, and ends what is not whole with an `error` event, so that a
 * cut answer never looks complete. Erroring the response would not do: workerd ends it cleanly.
 */
import { decodeText, utf8 } from "../bytes.ts";
import { errorBody } from "../errors.ts";
import { parseJson } from "../parse-json.ts";
import type { BodyEnd, Filter, Step } from "./relay.ts";
import type { EventScanner, ServerEvent } from "./sse.ts";

/** Larger than any event: search results come as one. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

export class EventFilter implements Filter {
  readonly #scanner: EventScanner;
  /** What has been passed on last: after a lone `\r` an `\n` belongs to it. */
  #lastByte: number | undefined;
  /** The beginning of an event whose end has not come yet. */
  #tail: Uint8Array[] = [];
  #tailBytes = 0;

  constructor(scanner: EventScanner) {
    this.#scanner = scanner;
  }

  push(chunk: Uint8Array): Step {
    const { events, wholeEnd } = this.#scanner.push(chunk);
    let end: BodyEnd | undefined;
    for (const event of events) end ??= endOf(event);
    const step = this.take(chunk, wholeEnd, end);
    return this.#tailBytes > MAX_EVENT_BYTES ? this.#cut("cut", step.pass) : step;
  }

  finish(how: "done" | "cut" | "idle" | "client_stalled"): Step {
    const isComplete = how !== "client_stalled" && isWholeMessageStop(decodeText(this.#tail));
    if (isComplete) return { pass: [...this.#tail, utf8("\n\n")], end: { kind: "complete" } };
    return this.#cut(how === "done" ? "cut" : how, []);
  }

  /** @param wholeEnd the offset behind the last whole event in the chunk */
  take(chunk: Uint8Array, wholeEnd: number, end: BodyEnd | undefined): Step {
    const rest = chunk.subarray(wholeEnd);
    if (wholeEnd === 0) {
      if (rest.length > 0) this.#tail.push(rest);
      this.#tailBytes += rest.length;
      return { pass: [] };
    }
    const pass = [...this.#tail, chunk.subarray(0, wholeEnd)];
    this.#tail = rest.length > 0 ? [rest] : [];
    this.#tailBytes = rest.length;
    this.#lastByte = chunk[wholeEnd - 1];
    return end ? { pass, end } : { pass };
  }

  #cut(kind: "cut" | "idle" | "client_stalled", passed: readonly Uint8Array[]): Step {
    return { pass: [...passed, cutEvent(this.#lastByte)], end: { kind } };
  }
}

/** After either of the two events a client knows where it stands, and nothing is waited for. */
export function endOf({ name, hasData, data }: ServerEvent): BodyEnd | undefined {
  if (name === "message_stop" && hasData) return { kind: "complete" };
  return name === "error" && hasData ? { kind: "error", type: errorTypeOf(data) } : undefined;
}

function errorTypeOf(data: string): string {
  const type = (parseJson(data) as { error?: { type?: unknown } } | undefined)?.error?.type;
  return typeof type === "string" ? type : "api_error";
}

/** The last event may lack its blank line: what it says is whole if its data is. */
function isWholeMessageStop(text: string): boolean {
  const lines = text.split(/\r\n|\n|\r/);
  const data = lines.find((line) => line.startsWith("data:"))?.slice("data:".length);
  return lines.includes("event: message_stop") && data !== undefined && parseJson(data) !== undefined;
}

/**
 * Behind whole events no blank line is needed; the `\n` completes a `\r\n` that was cut in the
 * middle.
 */
function cutEvent(lastByte: number | undefined): Uint8Array {
  const data = errorBody({ type: "api_error", message: "The target's stream ended before the message was complete." });
  return utf8(`${lastByte === "\r".charCodeAt(0) ? "\n" : ""}event: error\ndata: ${data}\n\n`);
}
