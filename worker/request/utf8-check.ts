/**
 * Whether bytes are UTF-8. In slices, since decoding 32 MB at once costs 50 to 100 MB of the
 * isolate.
 */
const SLICE_BYTES = 256 * 1024;

/**
 * @returns the offset of the first byte that no valid text has there; undefined: all of it is
 * valid.
 */
export function checkUtf8(bytes: Uint8Array): number | undefined {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let from = 0; from < bytes.length; from += SLICE_BYTES) {
    const to = Math.min(from + SLICE_BYTES, bytes.length);
    try {
      decoder.decode(bytes.subarray(from, to), { stream: to < bytes.length });
    } catch {
      return bisect(bytes, from, to);
    }
  }
  return undefined;
}

/**
 * The first wrong byte in `[from, to)`; a character may have begun before `from`, and be cut off by
 * it.
 */
function bisect(bytes: Uint8Array, from: number, to: number): number {
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
