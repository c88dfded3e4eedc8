/** What workerd has and Node lacks, for tests of the files that use it. */
import { timingSafeEqual } from "node:crypto";
import { afterAll, beforeAll } from "vitest";

/**
 * Two ends of a pipe, as workerd's own: whoever writes waits until it is read, and `abort` ends a
 * write that is waiting. A `TransformStream` lets it wait.
 */
function pipe(pass: (chunk: Uint8Array) => Uint8Array, end: () => void) {
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  let wanted = Promise.withResolvers<void>();
  let reading: ReadableStreamDefaultController<Uint8Array>;
  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        reading = controller;
      },
      pull: () => wanted.resolve(),
      cancel: () => broken.reject(new Error("nobody reads any more")),
    },
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<Uint8Array>({
    start({ signal }) {
      signal.addEventListener("abort", () => {
        broken.reject(signal.reason);
        reading.error(signal.reason);
      });
    },
    async write(chunk) {
      await Promise.race([wanted.promise, broken.promise]);
      wanted = Promise.withResolvers<void>();
      reading.enqueue(pass(chunk));
    },
    close() {
      end();
      reading.close();
    },
  });
  return { readable, writable };
}

/**
 * Fails where more or fewer bytes come than were promised. Passes its chunks as they are, so that a
 * test sees what is copied in front of it.
 */
class FixedLengthStream {
  constructor(bytes: number) {
    let left = bytes;
    const pass = (chunk: Uint8Array) => {
      left -= chunk.length;
      if (left < 0) throw new TypeError("too many bytes");
      return chunk;
    };
    const end = () => {
      if (left > 0) throw new TypeError("too few bytes");
    };
    Object.assign(this, pipe(pass, end));
  }
}

/** Copies its chunks, as workerd's does: what was written may be written over. */
class IdentityTransformStream {
  constructor() {
    Object.assign(
      this,
      pipe(
        (chunk) => chunk.slice(),
        () => undefined,
      ),
    );
  }
}

/** Reads on until so many bytes have come, or the end. */
async function readAtLeast(this: ReadableStreamBYOBReader, min: number, view: Uint8Array<ArrayBuffer>) {
  const { byteOffset, length } = view;
  let read = await this.read(view);
  let bytes = read.value?.length ?? 0;
  while (!read.done && bytes < min) {
    read = await this.read(new Uint8Array(read.value.buffer as ArrayBuffer, byteOffset + bytes, length - bytes));
    bytes += read.value?.length ?? 0;
  }
  return { done: bytes === 0, value: read.value && new Uint8Array(read.value.buffer, byteOffset, bytes) };
}

const ADDED: readonly (readonly [object, Readonly<Record<string, unknown>>])[] = [
  [globalThis, { FixedLengthStream, IdentityTransformStream }],
  [ReadableStreamBYOBReader.prototype, { readAtLeast }],
  [crypto.subtle, { timingSafeEqual }],
];

export function useWorkerdGlobals(): void {
  beforeAll(() => {
    for (const [target, members] of ADDED) Object.assign(target, members);
  });
  afterAll(() => {
    for (const [target, members] of ADDED)
      for (const name of Object.keys(members)) Reflect.deleteProperty(target, name);
  });
}
