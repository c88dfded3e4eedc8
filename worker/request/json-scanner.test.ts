import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Grammar, scanObject, TOO_MANY } from "./json-scanner.ts";

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
    ['\t{\r"a"\t:\r1\t}\r', { a: "1" }],
    [`{"a":${"[".repeat(999)}${"]".repeat(999)}}`, { a: `${"[".repeat(999)}${"]".repeat(999)}` }],
  ])("finds the top-level members of %s", (text, expected) => {
    expect(membersOf(text)).toEqual(expected);
  });

  it.each<[string, number, RegExp]>([
    ["", 0, /must be a JSON object/],
    ["[]", 0, /must be a JSON object/],
    ["\uFEFF{}", 0, /must be a JSON object/],
    ["{} {}", 3, /only white space/],
    ['{"a":1}]', 7, /only white space/],
    ['{"a":1,"a":2}', 7, /occurs twice/],
    ['{"model":1,"\\u006dodel":2}', 11, /occurs twice/],
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
    ['{"a":', 5, /too early/],
    ['{"a"', 4, /expected ':'/],
    ["{'a':1}", 1, /member's name/],
    ['{"\\x":1}', 1, /not a JSON string of at most 256 bytes/],
    [`{"a":${"[".repeat(1_000)}`, 1_004, /nested deeper/],
    [`{"${"n".repeat(255)}":1}`, 1, /not a JSON string of at most 256 bytes/],
  ])("refuses %s and reports the position", (text, at, problem) => {
    const scan = scanObject(encode(text));
    expect(scan).toMatchObject({ ok: false, at, problem: expect.stringMatching(problem) });
  });

  it("accepts objects that are nested 1,000 levels deep", () => {
    const depth = 1_000;

    expect(membersOf('{"a":'.repeat(depth) + 1 + "}".repeat(depth))).toHaveProperty("a");
  });

  it("accepts a name of 256 bytes, with its quotes", () => {
    const name = "n".repeat(254);
    expect(membersOf(`{"${name}":1}`)).toEqual({ [name]: "1" });
  });

  const numbered = (count: number) => [...Array(count).keys()].map((i) => `"m${i}":${i}`).join(",");

  it("accepts 100 members", () => {
    expect(Object.keys(membersOf(`{${numbered(100)}}`))).toHaveLength(100);
  });

  it("refuses the 101st member", () => {
    expect(scanObject(encode(`{${numbered(101)}}`))).toEqual({
      ok: false,
      at: `{${numbered(100)},`.length,
      problem: "more than 100 members",
    });
  });

  it("counts only the members of the top level", () => {
    expect(membersOf(`{"a":{${numbered(101)}}}`)).toHaveProperty("a");
  });

  it("returns the positions where the object starts and ends", () => {
    expect(scanObject(encode(' \n{"a":1}\t'))).toMatchObject({ ok: true, start: 2, end: 9 });
  });

  it("accepts every JSON object, with the same values as JSON.parse", () => {
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

describe("a grammar", () => {
  const GRAMMAR: Grammar = [
    { kind: "request", into: { messages: "message" } },
    { kind: "message", into: { content: "block" } },
    { kind: "block", into: { content: "block" }, collect: { type: "block" } },
  ];
  const foundIn = (text: string) => {
    const scan = scanObject(encode(text), GRAMMAR);
    if (!scan.ok) throw new Error(scan.problem);
    return [...scan.found];
  };
  const withBlock = (block: string) => `{"messages":[{"content":[${block}]}]}`;

  it.each([
    ["a block in a list", withBlock('{"type":"image"}'), ["block:image"]],
    ["a block outside a list", '{"messages":{"content":{"type":"text"}}}', ["block:text"]],
    ["a block in a block", withBlock('{"content":[{"type":"inner"}],"type":"outer"}'), ["block:inner", "block:outer"]],
    ["lists in lists", '{"messages":[[{"content":[[{"type":"deep"}]]}]]}', ["block:deep"]],
    [
      "a block at the maximum depth",
      `{"messages":[{"content":${"[".repeat(996)}{"type":"deep"}${"]".repeat(996)}}]}`,
      ["block:deep"],
    ],
    ["a value of 64 bytes, with its quotes", withBlock(`{"type":"${"x".repeat(62)}"}`), [`block:${"x".repeat(62)}`]],
    ["an escaped name", withBlock('{"\\u0074ype":"image"}'), ["block:image"]],
    ["an escaped value", withBlock('{"type":"im\\u0061ge"}'), ["block:image"]],
    ["a value with letters outside ASCII", withBlock('{"type":"é"}'), ["block:é"]],
    ["a value that is too long, as a question mark", withBlock(`{"type":"${"x".repeat(300)}"}`), ["block:?"]],
  ])("finds the type of %s", (_what, text, found) => {
    expect(foundIn(text)).toEqual(found);
  });

  it.each([
    ["a type that is a number", withBlock('{"type":1,"x":"image"}')],
    ["a type outside the grammar", '{"type":"image","metadata":{"type":"image"}}'],
    ["a type below a member outside the grammar", withBlock('{"input":{"type":"image"}}')],
    ["a type in the list of a member outside the grammar", withBlock('{"input":[{"type":"image"}]}')],
    ["a name with letters outside ASCII", withBlock('{"typé":"image"}')],
    ["a name that is too long", withBlock(`{"${"t".repeat(300)}":"image"}`)],
    ["a type that is a list", withBlock('{"type":["image"]}')],
    ["names that every object inherits", withBlock('{"constructor":"image","toString":{"type":"x"}}')],
  ])("does not find %s", (_what, text) => {
    expect(foundIn(text)).toEqual([]);
  });

  const MARKING: Grammar = [
    { kind: "request", into: { messages: "message" }, last: { name: "name" } },
    { kind: "message", first: { text: "opening" }, last: { id: "newest" } },
  ];

  it.each([
    [
      "the first and the last string",
      '{"messages":[{"text":"a","id":"1"},{"id":"2","text":"b"}]}',
      { opening: '"a"', newest: '"2"' },
    ],
    ["an empty string", '{"messages":[{"text":""},{"text":"b"}]}', { opening: '""' }],
    [
      "a string after a value of another kind",
      '{"messages":[{"text":1},{"text":["x"]},{"text":"b"}]}',
      { opening: '"b"' },
    ],
    ["the last string before a value of another kind", '{"messages":[{"id":"1"},{"id":null}]}', { newest: '"1"' }],
    ["nothing in a string's place in a list", '{"messages":[{"text":["x"]}]}', {}],
    ["nothing outside the grammar", '{"text":"a","other":{"id":"1"}}', {}],
    ["a member of the root", '{"name":"n"}', { name: '"n"' }],
  ])("marks %s", (_what, text, expected) => {
    const scan = scanObject(encode(text), MARKING);
    if (!scan.ok) throw new Error(scan.problem);
    expect(Object.fromEntries([...scan.marks].map(([mark, { start, end }]) => [mark, text.slice(start, end)]))).toEqual(
      expected,
    );
  });

  const types = (count: number) => withBlock([...Array(count).keys()].map((i) => `{"type":"t${i}"}`).join(","));

  it("keeps 63 different types", () => {
    expect(foundIn(types(63))).not.toContain(TOO_MANY);
  });

  it("reports too many types instead of keeping more", () => {
    const found = foundIn(types(1_000));
    expect(found).toContain(TOO_MANY);
    expect(found).toHaveLength(65);
  });

  it("keeps a repeated type once", () => {
    expect(foundIn(withBlock(Array(1_000).fill('{"type":"text"}').join(",")))).toEqual(["block:text"]);
  });
});
