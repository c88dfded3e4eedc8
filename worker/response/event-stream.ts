/**
 * Reads the beginning of an event stream. A 200 is an answer only when its first content arrives.
 * Until then events are held back, and an error, an end or silence is a failure that the caller
 * does not see.
 */
import { concatenate } from "../bytes.ts";
import { parseJson } from "../parse-json.ts";
import type { TimeLimit } from "../time-limit.ts";
import { EventFilter, endOf } from "./event-filter.ts";
import type { BodyEnd, Filter, Step } from "./relay.ts";
import { byteOrderMarksEnd, EventScanner, type ServerEvent } from "./sse.ts";

/**
 * Events that may come before the first content. Source: platform.claude.com, "Streaming messages".
 */
const BEFORE_CONTENT = new Set(["", "message_start", "ping", "content_block_start"]);
/**
 * Events whose data is read. The breaker needs an error's type. `message_start` has the message's
 * id, which shows whether Vertex made the message.
 */
const READ_EVENTS = new Set(["message_start", "error"]);
/**
 * How long the start of a block is held back for the block's first content. A block of hidden
 * thinking may have no content for minutes.
 */
const BLOCK_START_HOLD_MS = 3_000;
/**
 * A longer beginning without content is a failure. If a block has begun, the stream is passed on.
 */
const MAX_HELD_BYTES = 1024 * 1024;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** A stream whose beginning was read. */
export interface OpenStream {
  reader: Reader;
  pending: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  filter: Filter;
  /** The bytes that were held back until the first content. */
  first: Step;
  /** `message.id` of the first event; undefined if there is none. */
  messageId: string | undefined;
}

export type Opening =
  | { kind: "content"; stream: OpenStream }
  /** An `error` event came before any content. `data` is the event's data. */
  | { kind: "error"; data: string }
  /** The stream ended, broke or stayed silent for too long before any content. */
  | { kind: "nothing"; label: "empty_stream" | "cut_before_content" | "event_timeout" | "no_content" };

/** @param limit is already set to the time limit for the first content; pings do not extend it */
export async function openStream(body: ReadableStream<Uint8Array>, limit: TimeLimit): Promise<Opening> {
  const reader: Reader = body.getReader();
  const opening = new OpeningEvents();
  let hold: Promise<"hold is over"> | undefined;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const content = (pending?: OpenStream["pending"]): Opening => {
    const filter = new EventFilter(opening.scanner);
    const bytes = concatenate(opening.chunks);
    const start = byteOrderMarksEnd(bytes);
    const first = filter.take(bytes.subarray(start), opening.wholeBytes - start, opening.end);
    return { kind: "content", stream: { reader, pending, filter, first, messageId: opening.messageId } };
  };
  try {
    for (;;) {
      const pending = reader.read();
      const read = await (hold ? Promise.race([pending, hold]) : pending);
      if (read === "hold is over") return content(pending);
      if (read.done) return opening.atEnd();
      opening.push(read.value);
      if (opening.error) return { kind: "error", data: opening.error.data };
      if (opening.hasContent) return content();
      if (opening.heldBytes > MAX_HELD_BYTES) {
        return opening.hasBlock ? content() : { kind: "nothing", label: "no_content" };
      }
      if (opening.hasBlock && !hold) {
        hold = new Promise((resolve) => {
          timer = setTimeout(() => resolve("hold is over"), BLOCK_START_HOLD_MS);
        });
      }
    }
  } catch {
    return { kind: "nothing", label: limit.hasPassed ? "event_timeout" : opening.labelOfEnd };
  } finally {
    clearTimeout(timer);
  }
}

/** The events before the first content. */
class OpeningEvents {
  readonly scanner = new EventScanner(READ_EVENTS);
  readonly chunks: Uint8Array[] = [];
  /** The end of the last whole event, as an offset in all chunks together. */
  wholeBytes = 0;
  heldBytes = 0;
  messageId: string | undefined;
  hasBlock = false;
  hasContent = false;
  error: ServerEvent | undefined;
  /** The end of the stream, if it came in the same chunk as the content. */
  end: BodyEnd | undefined;

  push(chunk: Uint8Array): void {
    const { events, wholeEnd } = this.scanner.push(chunk);
    if (wholeEnd > 0) this.wholeBytes = this.heldBytes + wholeEnd;
    this.chunks.push(chunk);
    this.heldBytes += chunk.length;
    for (const event of events) this.#look(event);
  }

  get labelOfEnd(): "empty_stream" | "cut_before_content" {
    return this.heldBytes === 0 ? "empty_stream" : "cut_before_content";
  }

  atEnd(): Opening {
    return { kind: "nothing", label: this.labelOfEnd };
  }

  #look(event: ServerEvent): void {
    if (this.end) return;
    if (event.name === "message_start") this.messageId ??= messageIdOf(event.data);
    if (event.name === "content_block_start") this.hasBlock = true;
    if (event.name === "error" && !this.hasContent) this.error ??= event;
    else if (!BEFORE_CONTENT.has(event.name)) this.hasContent = true;
    this.end = endOf(event);
  }
}

function messageIdOf(data: string): string | undefined {
  const id = (parseJson(data) as { message?: { id?: unknown } } | undefined)?.message?.id;
  return typeof id === "string" ? id : undefined;
}
