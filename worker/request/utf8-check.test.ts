import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkUtf8 } from "./utf8-check.ts";

const SLICE_BYTES = 256 * 1024;

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

describe("the first byte that is not UTF-8", () => {
  it.each([
    ["an empty body", [], undefined],
    ["letters", [0x61, 0x62], undefined],
    ["a byte order mark", [0xef, 0xbb, 0xbf, 0x61], undefined],
    ["a character of four bytes", [0xf0, 0x9f, 0x98, 0x80], undefined],
    ["a continuation byte at the beginning", [0x80, 0x61], 0],
    ["a byte that UTF-8 never uses", [0x61, 0xff, 0x61], 1],
    ["a surrogate", [0x61, 0xed, 0xa0, 0x80], 2],
    ["a character that is cut off by a letter", [0x61, 0xc3, 0x61], 2],
    ["a character that is cut off by the end", [0x61, 0xf0, 0x9f], 2],
  ])("is found in %s", (_what, bytes, at) => {
    expect(checkUtf8(Uint8Array.from(bytes))).toBe(at);
  });

  it("exists exactly when TextDecoder finds one, also at the border of a slice", () => {
    const part = fc.oneof(
      fc.constantFrom([0x61], [0xc3, 0xa9], [0xf0, 0x9f, 0x98, 0x80], [0xef, 0xbb, 0xbf]),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => [...bytes]),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.nat(8), fc.boolean(), (parts, before, isAtBorder) => {
        const padding = isAtBorder ? new Uint8Array(SLICE_BYTES - before).fill(0x61) : new Uint8Array();
        const bytes = Buffer.concat([padding, Uint8Array.from(parts.flat())]);

        expect(checkUtf8(bytes) === undefined).toBe(isUtf8(bytes));
      }),
      { numRuns: 300 },
    );
  });
});
