/**
 * Checks whether bytes are valid UTF-8. It decodes slices, because decoding 32 MB at once needs 50
 * to 100 MB of memory. Decoding slices of 16 KB takes a quarter of the time of slices of 256 KB,
 * whose text V8 does not allocate in its young generation.
 */
const SLICE_BYTES = 16 * 1024;

/** @returns the offset of the first invalid byte; undefined if all bytes are valid */
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
 * @returns the offset of the first invalid byte in `[from, to)`. A character may begin before
 * `from`.
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
