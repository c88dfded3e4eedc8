import { describe, expect, it } from "vitest";
import { crlfWriter } from "./providers.ts";

describe("crlfWriter", () => {
  it.each<[what: string, pieces: string[], written: string]>([
    ["converts LF to CRLF", ["a\nb\n\n"], "a\r\nb\r\n\r\n"],
    ["keeps CRLF", ["a\r\n\r\n"], "a\r\n\r\n"],
    ["keeps a CRLF that is split in two", ["a\r", "\nb\n"], "a\r\nb\r\n"],
    ["keeps a CR at the end", ["a\n", "b\r"], "a\r\nb\r"],
    ["keeps a CR before another character", ["a\rb\n"], "a\rb\r\n"],
    ["accepts an empty piece", ["a\r", "", "\n"], "a\r\n"],
    ["converts an LF that is its own piece", ["a", "\n", "\n"], "a\r\n\r\n"],
  ])("%s", (_what, pieces, written) => {
    const write = crlfWriter();
    expect(pieces.map(write).join("")).toBe(written);
  });
});
