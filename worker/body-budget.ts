/**
 * Bytes of request bodies that this isolate holds. An isolate has 128 MB for everything: above the budget a large request is
 * not read at all but streamed to Anthropic alone, which costs no memory and no failover.
 */
const BUDGET_BYTES = 64 * 1024 * 1024;
/** Smaller bodies are always read: they are not what fills an isolate. */
const ALWAYS_BYTES = 1024 * 1024;

let heldBytes = 0;

/** @returns what gives the bytes back, once; undefined: there is no room. */
export function reserve(bytes: number): (() => void) | undefined {
  if (bytes > ALWAYS_BYTES && heldBytes + bytes > BUDGET_BYTES) return undefined;
  heldBytes += bytes;
  let held = bytes;
  return () => {
    heldBytes -= held;
    held = 0;
  };
}
