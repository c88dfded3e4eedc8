/** The word-wise search finds the same ends as a search that looks at every byte. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonStrings } from "./json-strings.ts";
import { Refusal } from "./json-tokens.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** The end of the string by a search that looks at every byte; undefined if it has no end. */
function endByBytes(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === 0x5c) at++;
    else if (bytes[at] === 0x22) return at + 1;
  }
  return undefined;
}

/** @returns the end, or the problem and its offset */
function endOf(bytes: Uint8Array, start: number): number | string {
  try {
    return new JsonStrings(bytes).endOf(start);
  } catch (refusal) {
    if (refusal instanceof Refusal) return `${refusal.problem} at ${refusal.at}`;
    throw refusal;
  }
}

/** Puts the bytes at an offset of a larger buffer, so that words are aligned differently. */
function at(offset: number, bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(offset + bytes.length + 8).fill(0x22);
  larger.set(bytes, offset);
  return larger.subarray(offset, offset + bytes.length);
}

describe("the end of a string", () => {
  it("is that of a search by bytes, for any text of quotes, backslashes and letters", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('"', "\\", "a", "!", "#", "]", "\u0000", "\u007f"), { maxLength: 40 }),
        fc.nat(7),
        fc.nat(5),
        (characters, offset, before) => {
          const bytes = at(offset, encode(`${"x".repeat(before)}"${characters.join("")}`));
          expect(endOf(bytes, before)).toBe(endByBytes(bytes, before) ?? `a string has no end at ${before}`);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it("is found at every place of a word", () => {
    for (let length = 0; length < 40; length++) {
      const bytes = encode(`"${"a".repeat(length)}"${'"'.repeat(9)}`);
      expect(endOf(bytes, 0)).toBe(length + 2);
    }
  });

  it.each(["a quote in another character's bytes", "é漢字😀", "Ģ∢␢"])("is not confused by %s", (text) => {
    const bytes = encode(`"${text}" "`);
    expect(endOf(bytes, 0)).toBe(bytes.length - 2);
  });
});

describe("a string that is not UTF-8", () => {
  it.each<[string, number[], number]>([
    ["a byte that no character has", [0xff], 1],
    ["a character without its last byte", [0x61, 0xe2, 0x82], 4],
    ["a byte that continues nothing", [0x61, 0x61, 0x61, 0x61, 0x80], 5],
    ["a surrogate", [0xed, 0xa0, 0x80], 2],
  ])("is refused for %s, with the offset", (_what, bad, offset) => {
    const bytes = Uint8Array.from([0x22, ...bad, 0x22]);
    expect(endOf(bytes, 0)).toBe(`the body is not valid UTF-8 at ${offset}`);
  });

  it("is refused wherever the byte is", () => {
    for (let length = 0; length < 40; length++) {
      const bytes = encode(`"${"a".repeat(length)}x${"a".repeat(40 - length)}"`);
      bytes[length + 1] = 0xc0;
      expect(endOf(bytes, 0)).toBe(`the body is not valid UTF-8 at ${length + 1}`);
    }
  });

  it("is refused only for its own bytes", () => {
    const bytes = Uint8Array.from([...encode('"first" "'), 0xff, 0x22]);
    expect(endOf(bytes, 0)).toBe(7);
  });
});
