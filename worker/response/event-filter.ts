/**
 * Passes on only whole events of a stream, and ends a stream that is not complete with an `error`
 * event, so that a cut answer never looks complete. It is not enough to let the response's stream
 * fail, because workerd then ends the response as if it were complete.
 */
import { decodeText, utf8 } from "../bytes.ts";
import { errorBody } from "../errors.ts";
import { parseJson } from "../parse-json.ts";
import type { BodyEnd, Filter, Step } from "./relay.ts";
import type { EventScanner, ServerEvent } from "./sse.ts";

/** No event is larger. The largest ones contain search results. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

export class EventFilter implements Filter {
  readonly #scanner: EventScanner;
  /**
   * The last byte that was passed on. If it is a `\r`, a following `\n` belongs to the same line
   * end.
   */
  #lastByte: number | undefined;
  /** The beginning of an event whose end has not arrived yet. */
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

  /** @param wholeEnd the offset after the last whole event in the chunk */
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

/** @returns how the stream ends if this event is its last one: `message_stop` or `error` */
export function endOf({ name, hasData, data }: ServerEvent): BodyEnd | undefined {
  if (name === "message_stop" && hasData) return { kind: "complete" };
  return name === "error" && hasData ? { kind: "error", type: errorTypeOf(data) } : undefined;
}

function errorTypeOf(data: string): string {
  const type = (parseJson(data) as { error?: { type?: unknown } } | undefined)?.error?.type;
  return typeof type === "string" ? type : "api_error";
}

/**
 * @returns whether the text is a whole `message_stop`. Its blank line may be missing, so valid data
 * is enough.
 */
function isWholeMessageStop(text: string): boolean {
  const lines = text.split(/\r\n|\n|\r/);
  const data = lines.find((line) => line.startsWith("data:"))?.slice("data:".length);
  return lines.includes("event: message_stop") && data !== undefined && parseJson(data) !== undefined;
}

/**
 * The event follows whole events, so no blank line is needed before it. A `\n` completes a `\r\n`
 * that was cut in the middle.
 */
function cutEvent(lastByte: number | undefined): Uint8Array {
  const data = errorBody({ type: "api_error", message: "The target's stream ended before the message was complete." });
  return utf8(`${lastByte === "\r".charCodeAt(0) ? "\n" : ""}event: error\ndata: ${data}\n\n`);
}
