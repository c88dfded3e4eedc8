import { describe, expect, it } from "vitest";
import { ApiError } from "../errors.ts";
import { interpret } from "./body.ts";

function refusalOf(bytes: Uint8Array): string {
  try {
    interpret(bytes);
  } catch (error) {
    if (error instanceof ApiError) return `${error.status} ${error.message}`;
    throw error;
  }
  return "accepted";
}

const encode = (text: string) => new TextEncoder().encode(text);

describe("interpret", () => {
  it("reads an escaped model, and finds the object inside white space", () => {
    const body = interpret(encode(' {"\\u006dodel":"claude-\\u0073onnet-4-6"} '));
    expect(body).toMatchObject({ model: "claude-sonnet-4-6", stream: false, start: 1, end: 40 });
  });

  it.each([
    ["true", true],
    ["false", false],
    ["null", false],
  ])("reads stream: %s as %s", (value, expected) => {
    expect(interpret(encode(`{"model":"m","stream":${value}}`)).stream).toBe(expected);
  });

  it.each(['"true"', '"false"', "1", "0", "[true]", '{"a":true}'])("refuses stream: %s", (value) => {
    expect(refusalOf(encode(`{"model":"m","stream":${value}}`))).toBe("400 stream: Input should be a valid boolean");
  });

  it.each([
    ["{}", "400 model: Field required"],
    ['{"model":1}', "400 The request body is not valid: model: Input should be a valid string (at byte 9)."],
    ['{"model":null}', "400 The request body is not valid: model: Input should be a valid string (at byte 9)."],
    [
      `{"model":"${"m".repeat(300)}"}`,
      "400 The request body is not valid: model: Input should be a valid string (at byte 9).",
    ],
    ["", "400 The request body is not valid: the body must be a JSON object (at byte 0)."],
    ['{"model":"m"', "400 The request body is not valid: the body ends too early (at byte 12)."],
  ])("refuses %s", (text, refusal) => {
    expect(refusalOf(encode(text))).toBe(refusal);
  });

  it("finds the types and the cuts of the request grammar", () => {
    const text = '{"model":"m","system":[{"type":"text","cache_control":{"scope":"global"}}]}';
    const body = interpret(encode(text));
    expect([...body.features]).toEqual(["block:text"]);
    expect(body.cuts.map(({ start, end }) => text.slice(start, end))).toEqual(['"scope":"global"']);
  });

  it.each([0, 1, 100, 262_143, 262_144, 300_000])(
    "finds the first byte that is not UTF-8, after %i bytes",
    (padding) => {
      const head = `{"model":"m","x":"${"a".repeat(padding)}`;
      const bytes = Buffer.concat([encode(head), Uint8Array.of(0xff), encode('"}')]);
      expect(refusalOf(bytes)).toContain(`not valid UTF-8 (at byte ${head.length})`);
    },
  );

  it("accepts characters across the borders of its slices", () => {
    for (let padding = 0; padding < 4; padding++) {
      const text = `{"model":"m","x":"${"a".repeat(padding)}${"😀".repeat(70_000)}"}`;
      expect(interpret(encode(text)).model).toBe("m");
    }
  });

  it.each([1, 2, 3])(
    "finds a character that begins %i bytes before the border of a slice and is incomplete",
    (before) => {
      const head = `{"model":"m","x":"`;
      const bytes = Buffer.concat([
        encode(head),
        Buffer.alloc(262_144 - head.length - before, "a"),
        Uint8Array.of(0xf0, 0x9f, 0x98),
        encode('x"}'),
      ]);
      expect(refusalOf(bytes)).toContain(`not valid UTF-8 (at byte ${262_144 - before + 3})`);
    },
  );
});
