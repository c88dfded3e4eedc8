/** Finds the ends of RFC 8259's tokens as offsets in bytes, and decodes single strings. */

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

const LITERALS: Readonly<Record<number, Uint8Array>> = {
  116: new TextEncoder().encode("true"),
  102: new TextEncoder().encode("false"),
  110: new TextEncoder().encode("null"),
};

/** Thrown if the bytes are not JSON. It says why, and at which offset. */
export class Refusal {
  readonly at: number;
  readonly problem: string;
  constructor(at: number, problem: string) {
    this.at = at;
    this.problem = problem;
  }
}

/**
 * @returns the string at `[start, end)`, which includes the quotes; undefined if it is longer than
 * `maxBytes` or not valid JSON
 */
export function decodeString(bytes: Uint8Array, start: number, end: number, maxBytes: number): string | undefined {
  if (end - start > maxBytes) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(start, end)));
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function isWhitespace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

export function skipWhitespace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isWhitespace(bytes[at])) at++;
  return at;
}

export function trimEnd(bytes: Uint8Array, end: number): number {
  let at = end;
  while (isWhitespace(bytes[at - 1])) at--;
  return at;
}

export function endOfScalar(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  if (first === undefined) throw new Refusal(start, "the body ends too early");
  const literal = LITERALS[first];
  if (literal) {
    if (!literal.every((byte, i) => bytes[start + i] === byte)) throw new Refusal(start, "expected a JSON value");
    return start + literal.length;
  }
  return endOfNumber(bytes, start);
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  if (bytes[at] === ZERO) at++;
  else at = endOfDigits(bytes, at);
  if (bytes[at] === DOT) at = endOfDigits(bytes, at + 1);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const sign = bytes[at + 1];
    at = endOfDigits(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }
  return at;
}

function endOfDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let byte = bytes[at]; byte !== undefined && byte >= ZERO && byte <= NINE; byte = bytes[at]) at++;
  if (at === start) throw new Refusal(at, "expected a JSON value");
  return at;
}
