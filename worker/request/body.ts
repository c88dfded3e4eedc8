/**
 * Reads the caller's body once into one buffer and checks it. Afterwards the Worker only takes
 * slices of the buffer. A body that is refused gets a 4xx that says what is wrong and where, so no
 * body can add, drop or change a step.
 *
 * The buffer grows with the bytes that arrive, not with the declared length. So a caller that
 * declares 32 MB and sends nothing occupies no memory. A body of 32 MB that `readAtLeast` reads
 * into one buffer needs 32 MB of an isolate's 128 MB. `arrayBuffer()`, `Blob` and concatenation
 * need three to six times as much (measured in workerd). A default reader returns thousands of
 * small chunks.
 */
import { ApiError, CallerLeft } from "../errors.ts";
import type { Cut } from "./cutter.ts";
import { type Member, type Range, scanObject } from "./json-scanner.ts";
import { decodeString } from "./json-tokens.ts";
import type { Lease } from "./memory-budget.ts";
import { REQUEST_GRAMMAR } from "./request-grammar.ts";
import type { Slices } from "./uploads.ts";

/**
 * Anthropic's limit for one request: 32 MB. Source: platform.claude.com, "Errors" (413
 * request_too_large).
 */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** How much of a too large body is read. Most Cloudflare plans accept no larger body. */
const MAX_DISCARDED_BYTES = 100 * 1024 * 1024;
const MAX_MODEL_BYTES = 256;
const FIRST_BUFFER_BYTES = 16 * 1024;
/**
 * A full buffer grows fourfold, to save copies: growing twofold took a fifth of the time of a body
 * of 10 MB. Only a large buffer for a body without a declared length grows twofold, because the
 * rest of it may stay empty.
 */
const GROWTH = 4;
const LARGE_BUFFER_BYTES = 1024 * 1024;
const DISCARD_BUFFER_BYTES = 64 * 1024;

export interface RequestBody {
  bytes: Uint8Array;
  /** The JSON object is `[start, end)` of the bytes. */
  start: number;
  end: number;
  members: ReadonlyMap<string, Member>;
  model: string;
  /** Whether the member `stream` is the literal `true`. */
  stream: boolean;
  /**
   * Types in the body that decide which target can serve it, such as `source:url` or
   * `tool:code_execution_20250825`.
   */
  features: ReadonlySet<string>;
  /**
   * Members inside `system`, `tools` and `messages` that Vertex refuses and that do not change the
   * answer.
   */
  cuts: readonly Cut[];
  /** Where the strings are that `request-grammar.ts` marks. */
  marks: ReadonlyMap<string, Range>;
}

export type Reading =
  | { kind: "whole"; bytes: Uint8Array }
  /**
   * The body does not fit into memory. `held` is the part that has arrived, and `rest` reads the
   * rest.
   */
  | { kind: "no_room"; held: Slices; rest: ReadableStreamBYOBReader };

export interface ReadLimits {
  lease: Lease;
  /** Time limit for reading the whole body, in milliseconds. */
  bodyMs: number;
}

/**
 * @throws {ApiError} 400, 408, 413 or 415
 * @throws {CallerLeft} if the connection breaks
 */
export async function readBody(request: Request, { lease, bodyMs }: ReadLimits): Promise<Reading> {
  refuseCompressed(request.headers);
  if (!request.body) throw malformed("the body is empty", 0);
  const reader = request.body.getReader({ mode: "byob" });
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(tooSlow(bodyMs)), bodyMs);
  const read: Read = (buffer, from) =>
    Promise.race([reader.readAtLeast<Bytes>(buffer.length - from, buffer.subarray(from)), late.promise]);
  try {
    const declared = Number(request.headers.get("content-length") ?? Number.NaN);
    if (declared > MAX_BODY_BYTES) return await refuseTooLarge(read);
    return await readAll(read, reader, declared, lease);
  } catch (error) {
    reader.cancel().catch(() => undefined);
    // A read fails if the connection is gone. The caller's signal may fire later.
    throw error instanceof ApiError ? error : new CallerLeft();
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Fills the buffer from an offset on. It detaches the given buffer and returns a view of the same
 * bytes.
 */
type Read = (buffer: Bytes, from: number) => Promise<ReadableStreamReadResult<Bytes>>;
type Bytes = Uint8Array<ArrayBuffer>;

async function readAll(read: Read, reader: ReadableStreamBYOBReader, declared: number, lease: Lease): Promise<Reading> {
  const most = Number.isNaN(declared) ? MAX_BODY_BYTES + 1 : Math.max(declared, 1);
  const first = Math.min(FIRST_BUFFER_BYTES, most);
  if (!lease.growTo(first)) return { kind: "no_room", held: [], rest: reader };
  let buffer = new Uint8Array(first);
  for (let length = 0; ; ) {
    const { value, done } = await read(buffer, length);
    if (value) {
      length += value.length;
      buffer = new Uint8Array(value.buffer);
    }
    if (length > MAX_BODY_BYTES) return await refuseTooLarge(read);
    if (done || length === declared) return { kind: "whole", bytes: buffer.subarray(0, length) };
    if (length < buffer.length) continue;
    const mayStayEmpty = Number.isNaN(declared) && buffer.length >= LARGE_BUFFER_BYTES;
    const grownLength = Math.min(buffer.length * (mayStayEmpty ? 2 : GROWTH), most);
    if (!lease.growTo(grownLength)) return { kind: "no_room", held: [buffer], rest: reader };
    // `transfer` frees the old buffer's memory at once. After a copy, the old buffer would wait for
    // the garbage collector.
    buffer = new Uint8Array(buffer.buffer.transfer(grownLength));
  }
}

/** @throws {ApiError} 400 if the body is not a valid request */
export function interpret(bytes: Uint8Array): RequestBody {
  const scan = scanObject(bytes, REQUEST_GRAMMAR);
  if (!scan.ok) throw malformed(scan.problem, scan.at);
  const { members, start, end, found: features, cuts, marks } = scan;

  const modelMember = members.get("model");
  if (!modelMember) throw new ApiError(400, "model: Field required");
  const model = decodeString(bytes, modelMember.valueStart, modelMember.end, MAX_MODEL_BYTES);
  if (model === undefined) throw malformed("model: Input should be a valid string", modelMember.valueStart);
  const stream = literalStart(bytes, members.get("stream"));
  if (stream !== undefined && !"tfn".includes(stream))
    throw new ApiError(400, "stream: Input should be a valid boolean");
  return { bytes, start, end, members, model, stream: stream === "t", features, cuts, marks };
}

/** @returns the string at a mark; undefined if there is none, or if it is longer than `maxBytes` */
export function markedString({ bytes, marks }: RequestBody, mark: string, maxBytes: number): string | undefined {
  const range = marks.get(mark);
  return range && decodeString(bytes, range.start, range.end, maxBytes);
}

/** @returns the first character of a member's value, which shows the type of the value */
function literalStart(bytes: Uint8Array, member: Member | undefined): string | undefined {
  return member && String.fromCharCode(bytes[member.valueStart] ?? 0);
}

/**
 * Refuses a compressed body. It can become very large when it is decompressed, and no step can be
 * made of slices of it.
 */
function refuseCompressed(headers: Headers): void {
  const coding = headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (coding !== "identity" && coding !== "")
    throw new ApiError(415, "The request's body is compressed (content-encoding): send it uncompressed.");
}

function malformed(problem: string, at: number): ApiError {
  return new ApiError(400, `The request body is not valid: ${problem} (at byte ${at}).`);
}

function tooSlow(bodyMs: number): ApiError {
  return new ApiError(408, `The request's body did not arrive within ${bodyMs} ms (timeouts.bodyMs).`);
}

/**
 * Reads the rest of the body before it refuses. A client that is still sending would otherwise get
 * a reset connection instead of the answer.
 */
async function refuseTooLarge(read: Read): Promise<never> {
  let buffer = new Uint8Array(DISCARD_BUFFER_BYTES);
  for (let discarded = 0; discarded < MAX_DISCARDED_BYTES; ) {
    const { value, done } = await read(buffer, 0);
    if (done) break;
    discarded += value.length;
    buffer = new Uint8Array(value.buffer);
  }
  throw new ApiError(413, `The request exceeds the maximum size of ${MAX_BODY_BYTES} bytes.`);
}
