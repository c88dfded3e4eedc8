import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scanObject } from "./json-scan.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function membersOf(text: string): Record<string, string> {
  const bytes = encode(text);
  const scan = scanObject(bytes);
  if (!scan.ok) throw new Error(`${scan.problem} at ${scan.at}`);
  return Object.fromEntries(
    [...scan.members].map(([name, { valueStart, end }]) => [
      name,
      new TextDecoder().decode(bytes.subarray(valueStart, end)),
    ]),
  );
}

describe("scanObject", () => {
  it.each<[string, Record<string, string>]>([
    ["{}", {}],
    [' {"a" : 1 , "b":"x"} \n', { a: "1", b: '"x"' }],
    ['{"a":{"b":[{}, []]},"c":[]}', { a: '{"b":[{}, []]}', c: "[]" }],
    ['{"\\u006dodel":"m"}', { model: '"m"' }],
    ['{"a":"quote \\" and \\\\","b":null}', { a: '"quote \\" and \\\\"', b: "null" }],
    ['{"a":-0.5e+10,"b":0,"c":1E9}', { a: "-0.5e+10", b: "0", c: "1E9" }],
    ['{"":true}', { "": "true" }],
  ])("finds the top-level members of %s", (text, expected) => {
    expect(membersOf(text)).toEqual(expected);
  });

  it.each<[string, number, RegExp]>([
    ["", 0, /must be a JSON object/],
    ["[]", 0, /must be a JSON object/],
    ["\uFEFF{}", 0, /must be a JSON object/],
    ["{} {}", 3, /only white space/],
    ['{"a":1}]', 7, /only white space/],
    ['{"a":1,"a":2}', 7, /stands twice/],
    ['{"model":1,"\\u006dodel":2}', 11, /stands twice/],
    ['{"a":[1}', 7, /expected ',' or '\]'/],
    ['{"a":{"b":1]', 11, /expected ',' or '}'/],
    ['{"a":1,}', 7, /member's name/],
    ['{"a":[1,]}', 8, /JSON value/],
    ['{"a":,"b":1}', 5, /JSON value/],
    ['{"a":"x}', 5, /no end/],
    ['{"a":"x\\"}', 5, /no end/],
    ['{"a":tru}', 5, /JSON value/],
    ['{"a":truex}', 9, /expected ','/],
    ['{"a":01}', 6, /expected ','/],
    ['{"a":1.}', 7, /JSON value/],
    ['{"a":- 1}', 6, /JSON value/],
    ['{"a":1', 6, /too early/],
    ['{"a"', 4, /expected ':'/],
    ["{'a':1}", 1, /member's name/],
    ['{"\\x":1}', 1, /no valid JSON string/],
    [`{"a":${"[".repeat(1_000)}`, 1_004, /nested deeper/],
  ])("refuses %s and says where", (text, at, problem) => {
    const scan = scanObject(encode(text));
    expect(scan).toMatchObject({ ok: false, at, problem: expect.stringMatching(problem) });
  });

  it("accepts every JSON object, with each value where JSON.parse has it", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), (object, indent) => {
        const text = JSON.stringify(object, null, indent);
        const values = Object.fromEntries(
          Object.entries(membersOf(text)).map(([name, raw]) => [name, JSON.parse(raw)]),
        );
        expect(JSON.stringify(values)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});
