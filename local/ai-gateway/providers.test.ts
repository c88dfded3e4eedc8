import { describe, expect, it } from "vitest";
import { crlfWriter } from "./providers.ts";

describe("line ends of an event stream through the gateway", () => {
  it.each<[what: string, pieces: string[], written: string]>([
    ["LF becomes CRLF", ["a\nb\n\n"], "a\r\nb\r\n\r\n"],
    ["CRLF stays", ["a\r\n\r\n"], "a\r\n\r\n"],
    ["CRLF stays in two pieces", ["a\r", "\nb\n"], "a\r\nb\r\n"],
    ["a CR at the end of what came stays", ["a\n", "b\r"], "a\r\nb\r"],
    ["a CR before something else stays", ["a\rb\n"], "a\rb\r\n"],
    ["a piece may be empty", ["a\r", "", "\n"], "a\r\n"],
    ["an LF may be a piece of its own", ["a", "\n", "\n"], "a\r\n\r\n"],
  ])("%s", (_what, pieces, written) => {
    const write = crlfWriter();
    expect(pieces.map(write).join("")).toBe(written);
  });
});
