/**
 * Finds the events of an event stream in its bytes, for any division into chunks. It reports where
 * the last whole event ends, and the names of the events. Lines end with `\n`, `\r\n` or `\r`.
 * Source: html.spec.whatwg.org, "Server-sent events".
 */

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const EVENT_FIELD = new TextEncoder().encode("event:");
const DATA_FIELD = new TextEncoder().encode("data:");
/** How much of a line is kept. It is enough for `event:` and any name. */
const LINE_HEAD_BYTES = 64;
/** How much data of one event is kept: that of an error or of `message_start`. */
const MAX_DATA_BYTES = 64 * 1024;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

export interface ServerEvent {
  /** "" if the event has no name. */
  name: string;
  /** Whether the event has data that is not empty. Clients ignore an event without data. */
  hasData: boolean;
  /** The first 64 KB of the data, if data of events with this name is wanted; otherwise "". */
  data: string;
}

export interface Scanned {
  events: readonly ServerEvent[];
  /** The offset after the last whole event that ends in this chunk; 0 if no event ends in it. */
  wholeEnd: number;
}

export class EventScanner {
  readonly #wantsData: ReadonlySet<string>;
  /** The beginning of a line that began in an earlier chunk, as Latin-1. */
  #carried = "";
  #isFirstLine = true;
  #afterCr = false;
  /** Whether the last complete line was blank. */
  #afterBlank = false;
  #name = "";
  #hasData = false;
  #data: string[] = [];
  #dataBytes = 0;

  /**
   * @param wantsData names of events whose data is wanted. Such an event must have its `event:`
   * line before its data.
   */
  constructor(wantsData: ReadonlySet<string> = new Set()) {
    this.#wantsData = wantsData;
  }

  push(chunk: Uint8Array): Scanned {
    const events: ServerEvent[] = [];
    let wholeEnd = 0;
    let lineStart = 0;
    let lf = find(chunk, LF, 0);
    let cr = find(chunk, CR, 0);
    for (let at = Math.min(lf, cr); at < chunk.length; at = Math.min(lf, cr)) {
      const isEmpty = at === lineStart && this.#carried === "";
      // The LF of a CRLF belongs to the line that the CR has already ended.
      const endsCrLf = at === lf && isEmpty && this.#afterCr;
      if (!endsCrLf) {
        this.#afterBlank = isEmpty;
        if (!isEmpty) this.#endLine(chunk, lineStart, at);
        else if (this.#name !== "" || this.#hasData) events.push(this.#event());
        this.#isFirstLine = false;
      }
      if (this.#afterBlank) wholeEnd = at + 1;
      this.#afterCr = at === cr;
      lineStart = at + 1;
      if (at === cr) cr = find(chunk, CR, lineStart);
      else lf = find(chunk, LF, lineStart);
    }
    if (lineStart < chunk.length) {
      this.#afterCr = false;
      this.#carry(chunk, lineStart, chunk.length);
    }
    return { events, wholeEnd };
  }

  /**
   * Keeps the beginning of a line that ends in a later chunk. The rest of a long line is dropped.
   */
  #carry(chunk: Uint8Array, start: number, end: number): void {
    const limit = this.#wantsData.has(this.#name) ? MAX_DATA_BYTES : LINE_HEAD_BYTES;
    const room = limit - this.#carried.length;
    if (room > 0) this.#carried += latin1(chunk, start, Math.min(end, start + room));
  }

  #endLine(chunk: Uint8Array, start: number, end: number): void {
    if (this.#carried !== "" || this.#isFirstLine) {
      this.#carry(chunk, start, end);
      const line = this.#carried;
      this.#carried = "";
      const bytes = Uint8Array.from(line, (char) => char.charCodeAt(0));
      return this.#field(bytes, this.#isFirstLine ? byteOrderMarksEnd(bytes) : 0, bytes.length);
    }
    this.#field(chunk, start, end);
  }

  /**
   * Reads one field. It decodes only names and wanted data, because most data of a stream is only
   * passed on.
   */
  #field(bytes: Uint8Array, start: number, end: number): void {
    if (begins(bytes, start, EVENT_FIELD)) {
      const from = valueStart(bytes, start + EVENT_FIELD.length);
      this.#name = latin1(bytes, from, Math.min(end, from + LINE_HEAD_BYTES));
    } else if (begins(bytes, start, DATA_FIELD)) {
      const from = valueStart(bytes, start + DATA_FIELD.length);
      if (from >= end) return;
      this.#hasData = true;
      if (this.#wantsData.has(this.#name)) this.#keepData(bytes, from, end);
    }
  }

  #keepData(bytes: Uint8Array, from: number, end: number): void {
    const room = MAX_DATA_BYTES - this.#dataBytes;
    if (room <= 0) return;
    this.#data.push(latin1(bytes, from, Math.min(end, from + room)));
    this.#dataBytes += end - from + 1;
  }

  #event(): ServerEvent {
    const event = { name: this.#name, hasData: this.#hasData, data: fromLatin1(this.#data.join("\n")) };
    this.#name = "";
    this.#hasData = false;
    this.#data = [];
    this.#dataBytes = 0;
    return event;
  }
}

/**
 * @returns the offset after the byte order marks at the beginning of a stream. Parsers skip one
 * mark, and some clients skip none, so the Worker removes all of them.
 */
export function byteOrderMarksEnd(bytes: Uint8Array): number {
  let end = 0;
  while (BYTE_ORDER_MARK.every((byte, i) => bytes[end + i] === byte)) end += BYTE_ORDER_MARK.length;
  return end;
}

/** @returns the offset of the next such byte, or the length if there is none */
function find(bytes: Uint8Array, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at < 0 ? bytes.length : at;
}

function begins(bytes: Uint8Array, start: number, field: Uint8Array): boolean {
  for (let at = 0; at < field.length; at++) if (bytes[start + at] !== field[at]) return false;
  return true;
}

/** @returns the start of the value, because one space after the colon is not part of it */
function valueStart(bytes: Uint8Array, afterColon: number): number {
  return bytes[afterColon] === SPACE ? afterColon + 1 : afterColon;
}

/**
 * @returns one character for each byte. Field names are ASCII, and wanted data is decoded later.
 */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

function fromLatin1(text: string): string {
  return text === "" ? "" : new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}
