/**
 * A step: one target's request in a form that every routing can send. Bodies are lists of slices of the caller's bytes, so
 * that two steps of a 32 MB request do not need three times its memory.
 */
import type { Target } from "./target.ts";

export interface Step {
  target: Target;
  /** The gateway's name for the provider. */
  provider: "anthropic" | "google-vertex-ai";
  /** The provider's own host. */
  host: string;
  /** The provider's path and query without a slash in front. */
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  body: Slices;
}

export type Slices = readonly Uint8Array[];

/** Up to here one buffer is cheaper than a stream; above, copies would cost the isolate's memory. */
const ONE_BUFFER_BYTES = 1024 * 1024;
/** The slices that kept a 64 MB upload within 33 MB above its source, measured in workerd. */
const WRITE_SLICE_BYTES = 256 * 1024;

/** What still reads from a buffer. */
const uploads = new WeakMap<ArrayBufferLike, Promise<unknown>>();

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A body whose length is known to the receiver. */
export function toRequestBody(slices: Slices): BodyInit {
  const length = slices.reduce((sum, slice) => sum + slice.length, 0);
  if (length <= ONE_BUFFER_BYTES) {
    const buffer = new Uint8Array(length);
    let at = 0;
    for (const slice of slices) {
      buffer.set(slice, at);
      at += slice.length;
    }
    return buffer;
  }
  const { readable, writable } = new FixedLengthStream(length);
  // No answer waits for it: where the target answers early the writer does not settle.
  const upload = writeSlices(slices, writable.getWriter()).catch(() => undefined);
  for (const { buffer } of slices) uploads.set(buffer, Promise.all([uploads.get(buffer), upload]));
  return readable;
}

/**
 * Hands a large body's memory back once nothing sends it any more: V8 collects it much later, and a row of 32 MB requests would
 * fill the isolate meanwhile. Nobody may read the bytes after this.
 */
export async function discard(bytes: Uint8Array): Promise<void> {
  if (bytes.length <= ONE_BUFFER_BYTES) return;
  await uploads.get(bytes.buffer);
  if (bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
}

async function writeSlices(slices: Slices, writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  for (const slice of slices) {
    for (let from = 0; from < slice.length; from += WRITE_SLICE_BYTES) {
      await writer.write(slice.subarray(from, from + WRITE_SLICE_BYTES));
    }
  }
  await writer.close();
}
