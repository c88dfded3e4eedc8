/** Adds workerd's own globals to Node, for tests of the files that use them. */
import { timingSafeEqual } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { readAtLeast } from "./read-at-least-in-test.ts";

/**
 * Two ends of a pipe that behave as in workerd: a write waits until its chunk is read, and `abort`
 * ends a waiting write. In a standard `TransformStream` that write would wait forever.
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
 * Fails if it gets more or fewer bytes than declared. It passes its chunks on without a copy, so
 * that a test can see which chunks the Worker has copied.
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

/** Copies its chunks, as workerd does, so that the writer may reuse its buffer. */
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
