/**
 * The caller's body: read once into one buffer, checked, and from then on only sliced. Whatever is refused is a 400 (or a
 * 413) that says where, so that no body ever adds, drops or alters a step.
 *
 * `readAtLeast` into one buffer costs a 32 MB request 32 MB of a 128 MB isolate; `arrayBuffer()`, `Blob` and concatenation
 * cost three to six times that (measured in workerd), and a default reader hands out thousands of small chunks.
 */
import { reserve } from "./body-budget.ts";
import { ApiError } from "./errors.ts";
import { type Grammar, type Member, scanObject } from "./json-scan.ts";
import { decodeString } from "./json-tokens.ts";
import { discard } from "./step.ts";

/** Anthropic's limit for one request: 32 MB. Source: platform.claude.com, "Errors" (413 request_too_large). */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** Of a body that is too large: as much as Cloudflare lets through on most plans. */
const MAX_DISCARDED_BYTES = 100 * 1024 * 1024;
const MAX_MODEL_BYTES = 256;
const FIRST_BUFFER_BYTES = 64 * 1024;
const CHECK_SLICE_BYTES = 256 * 1024;

export interface RequestBody {
  bytes: Uint8Array;
  /** The object's first byte and the byte behind its last. */
  start: number;
  end: number;
  members: ReadonlyMap<string, Member>;
  model: string;
  /** True only for the literal `true`. */
  stream: boolean;
  /** Types that stand in the body, such as `source:url`, `tool:web_search_20250305`, `block:text`. */
  features: ReadonlySet<string>;
}

/** Where a body has types that decide who can serve it; a tool's input and its schema are not looked into. */
const FEATURES: Grammar = [
  { kind: "request", into: { messages: "message", system: "block", tools: "tool" } },
  { kind: "message", into: { content: "block" } },
  { kind: "block", into: { content: "block", source: "source" }, collect: { type: "block" } },
  { kind: "source", into: { content: "block" }, collect: { type: "source" } },
  { kind: "tool", collect: { type: "tool" } },
];

export type Reading =
  | { kind: "read"; body: RequestBody /** To be called when nobody reads the body any more. */; release: () => void }
  /** Nothing was read: this isolate holds too much already. */
  | { kind: "no_room" };

/** @throws {ApiError} 400 or 413 */
export async function readRequestBody(request: Request): Promise<Reading> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  const release = reserve(Math.min(declared, MAX_BODY_BYTES));
  if (!release) return { kind: "no_room" };
  try {
    const body = interpret(await readBytes(request));
    return {
      kind: "read",
      body,
      release: () => {
        release();
        discard(body.bytes);
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** @throws {ApiError} 400 */
export function interpret(bytes: Uint8Array): RequestBody {
  const invalidAt = firstInvalidUtf8(bytes);
  if (invalidAt !== undefined) throw malformed("the body is not valid UTF-8", invalidAt);
  const scan = scanObject(bytes, FEATURES);
  if (!scan.ok) throw malformed(scan.problem, scan.at);
  const { members, start, end, found: features } = scan;

  const modelMember = members.get("model");
  if (!modelMember) throw new ApiError(400, "model: Field required");
  const model = decodeString(bytes, modelMember.valueStart, modelMember.end, MAX_MODEL_BYTES);
  if (model === undefined) throw malformed("model: Input should be a valid string", modelMember.valueStart);

  // The scan leaves no other value that begins with a `t`.
  const streamMember = members.get("stream");
  const stream = streamMember !== undefined && bytes[streamMember.valueStart] === "t".charCodeAt(0);
  return { bytes, start, end, members, model, stream, features };
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (!request.body) throw malformed("the body is empty", 0);
  const reader = request.body.getReader({ mode: "byob" });
  const declared = Number(request.headers.get("content-length") ?? Number.NaN);
  if (declared > MAX_BODY_BYTES) return refuseTooLarge(reader);

  let buffer = new Uint8Array(Number.isNaN(declared) ? FIRST_BUFFER_BYTES : Math.max(declared, 1));
  for (let length = 0; ; ) {
    const { value, done } = await reader.readAtLeast(buffer.length - length, buffer.subarray(length));
    // The read moved the buffer: what was handed in is detached, what came back views the same bytes.
    if (value) {
      length += value.length;
      buffer = new Uint8Array(value.buffer);
    }
    if (length > MAX_BODY_BYTES) return refuseTooLarge(reader);
    if (done || length === declared) return buffer.subarray(0, length);
    if (length === buffer.length) {
      const grown = new Uint8Array(Math.min(buffer.length * 2, MAX_BODY_BYTES + 1));
      grown.set(buffer);
      buffer = grown;
    }
  }
}

/** In slices, since decoding 32 MB at once costs 50 to 100 MB of the isolate. */
function firstInvalidUtf8(bytes: Uint8Array): number | undefined {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let from = 0; from < bytes.length; from += CHECK_SLICE_BYTES) {
    const to = Math.min(from + CHECK_SLICE_BYTES, bytes.length);
    try {
      decoder.decode(bytes.subarray(from, to), { stream: to < bytes.length });
    } catch {
      return bisectInvalidUtf8(bytes, from, to);
    }
  }
  return undefined;
}

/** The first byte in `[from, to)` that no valid text has there; a character may have begun before `from`, and be cut off by it. */
function bisectInvalidUtf8(bytes: Uint8Array, from: number, to: number): number {
  let start = Math.max(from - 1, 0);
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  let valid = start;
  let invalid = to;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    try {
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(start, middle), {
        stream: true,
      });
      valid = middle;
    } catch {
      invalid = middle;
    }
  }
  return valid;
}

function malformed(problem: string, at: number): ApiError {
  return new ApiError(400, `The request body is not valid: ${problem} (at byte ${at}).`);
}

/** Reads on first: a client that is still sending would meet a reset connection instead of the answer. */
async function refuseTooLarge(reader: ReadableStreamBYOBReader): Promise<never> {
  let buffer = new Uint8Array(CHECK_SLICE_BYTES);
  for (let read = 0; read < MAX_DISCARDED_BYTES; ) {
    const { value, done } = await reader.readAtLeast(buffer.length, buffer);
    if (done) break;
    read += value.length;
    buffer = new Uint8Array(value.buffer);
  }
  throw new ApiError(413, `The request exceeds the maximum size of ${MAX_BODY_BYTES} bytes.`);
}
