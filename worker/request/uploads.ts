/**
 * Sends slices of one buffer to several targets without copies, and frees the buffer's memory when
 * nothing reads it any more. V8 collects buffers so late that several large requests would fill the
 * isolate's memory.
 */

import { concatenate } from "../bytes.ts";

export type Slices = readonly Uint8Array[];

/**
 * Smaller bodies are copied into one buffer, which is cheaper than a stream. Copies of larger
 * bodies would need too much memory.
 */
const ONE_BUFFER_BYTES = 256 * 1024;
/**
 * Size of one write. With it, an upload of 64 MB needed at most 33 MB in addition to its source
 * (measured in workerd).
 */
const WRITE_SLICE_BYTES = 256 * 1024;

interface Upload {
  /** Resolves when nothing reads the slices any more. */
  settled: Promise<void>;
  abort(): void;
}

/** The uploads of one request. */
export class Uploads {
  readonly #uploads = new Set<Upload>();

  /** @returns a body with a known length */
  toBody(slices: Slices): BodyInit {
    const length = slices.reduce((sum, slice) => sum + slice.length, 0);
    return length <= ONE_BUFFER_BYTES ? concatenate(slices) : this.#stream(slices, length);
  }

  /** Whether nothing reads the slices of a body any more, or nothing ever did. */
  get areSettled(): boolean {
    return this.#uploads.size === 0;
  }

  /** Resolves when all uploads have ended. It does not end them. */
  async settled(): Promise<void> {
    await Promise.all([...this.#uploads].map(({ settled }) => settled));
  }

  /** Ends all uploads, because a target that answers early may never read the rest. */
  abort(): void {
    for (const upload of this.#uploads) upload.abort();
  }

  #stream(slices: Slices, length: number): ReadableStream {
    const { readable, writable } = new FixedLengthStream(length);
    const writer = writable.getWriter();
    // No answer waits for this promise, because the writer does not settle if the target answers
    // early.
    const settled = writeSlices(slices, writer).catch(() => undefined);
    const upload: Upload = { settled, abort: () => void writer.abort().catch(() => undefined) };
    this.#uploads.add(upload);
    settled.then(() => this.#uploads.delete(upload));
    return readable;
  }
}

/** Frees the memory of the bytes. Nothing may read them afterwards. */
export function handBack(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer && !bytes.buffer.detached) bytes.buffer.transfer(0);
}

async function writeSlices(slices: Slices, writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  for (const slice of slices) {
    for (let from = 0; from < slice.length; from += WRITE_SLICE_BYTES) {
      await writer.write(slice.subarray(from, from + WRITE_SLICE_BYTES));
    }
  }
  await writer.close();
}
