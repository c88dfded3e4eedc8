/**
 * A fast hash of 64 bits (FNV-1a, twice with different starts). It is not cryptographic: somebody
 * who wants two texts with the same hash can find them, and then has one conversation in the place
 * of two of his own.
 */
export function textHash(bytes: Uint8Array): string {
  let first = 0x811c9dc5;
  let second = 0x9e3779b9;
  for (const byte of bytes) {
    first = Math.imul(first ^ byte, 0x01000193);
    second = Math.imul(second ^ byte, 0x01000193);
  }
  return `${(first >>> 0).toString(36)}${(second >>> 0).toString(36)}-${bytes.length}`;
}
