/**
 * Cloudflare's reader method `readAtLeast`, for tests in Node. The standard `read(view, { min })`
 * throws at an early end.
 */

/** Reads until at least `min` bytes have arrived, or until the end. */
export async function readAtLeast(this: ReadableStreamBYOBReader, min: number, view: Uint8Array<ArrayBuffer>) {
  // Each read detaches its view.
  const { byteOffset, length } = view;
  let read = await this.read(view);
  let bytes = read.value?.length ?? 0;
  while (!read.done && bytes < min) {
    read = await this.read(new Uint8Array(read.value.buffer as ArrayBuffer, byteOffset + bytes, length - bytes));
    bytes += read.value?.length ?? 0;
  }
  return { done: bytes === 0, value: read.value && new Uint8Array(read.value.buffer, byteOffset, bytes) };
}
