/**
 * Tests the parts inside members that a Vertex step leaves out: `scope` in the objects that the
 * grammar calls `cache_control`.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Scanned, scanObject, TOO_MANY } from "./json-scanner.ts";
import { REQUEST_GRAMMAR } from "./request-grammar.ts";

function scan(text: string): Scanned {
  const scanned = scanObject(new TextEncoder().encode(text), REQUEST_GRAMMAR);
  if (!scanned.ok) throw new Error(`${scanned.problem} at ${scanned.at}`);
  return scanned;
}

function withoutCuts(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const kept: Uint8Array[] = [];
  let from = 0;
  for (const { start, end } of scan(text).cuts) {
    kept.push(bytes.subarray(from, start));
    from = end;
  }
  return Buffer.concat([...kept, bytes.subarray(from)]).toString("utf8");
}

const inSystem = (cacheControl: string) => `{"system":[{"type":"text","cache_control":${cacheControl}}]}`;

describe("a cut", () => {
  it.each([
    ["the first member", '{"scope":"global","type":"ephemeral"}', '{"type":"ephemeral"}'],
    ["a member in the middle", '{"type":"ephemeral","scope":"global","ttl":"1h"}', '{"type":"ephemeral","ttl":"1h"}'],
    ["the last member", '{"type":"ephemeral","scope":"global"}', '{"type":"ephemeral"}'],
    ["the only member", '{"scope":"global"}', "{}"],
    ["duplicated at the beginning", '{"scope":1,"scope":2,"type":"ephemeral"}', '{"type":"ephemeral"}'],
    ["duplicated at the end", '{"type":"ephemeral","scope":1,"scope":2}', '{"type":"ephemeral"}'],
    ["duplicated without other members", '{"scope":1,"scope":2}', "{}"],
    ["duplicated around another member", '{"scope":1,"type":"ephemeral","scope":2}', '{"type":"ephemeral"}'],
    ["escaped", '{"type":"ephemeral","sc\\u006fpe":"global"}', '{"type":"ephemeral"}'],
    ["an object with members", '{"type":"ephemeral","scope":{"a":[1,{"b":2}]}}', '{"type":"ephemeral"}'],
    ["after a list", '{"x":[1,2],"scope":"global"}', '{"x":[1,2]}'],
    ["before a list", '{"scope":[1,2],"x":[1,2]}', '{"x":[1,2]}'],
    ["in a list of objects", '[{"scope":1},{"ttl":1,"scope":2}]', '[{},{"ttl":1}]'],
  ])("removes a scope that is %s", (_where, cacheControl, expected) => {
    expect(withoutCuts(inSystem(cacheControl))).toBe(inSystem(expected));
  });

  it("removes the white space between the comma and the member", () => {
    const text = inSystem('\t{ "type" : "ephemeral" ,\r\n "scope" : "global" , "ttl" : "1h" }\n');
    expect(withoutCuts(text)).toBe(inSystem('\t{ "type" : "ephemeral" , "ttl" : "1h" }\n'));
  });

  it("removes the white space after the comma if the member is the first", () => {
    expect(withoutCuts(inSystem('{ "scope" : "global" , "ttl" : "1h" }'))).toBe(inSystem('{ "ttl" : "1h" }'));
  });

  it.each([
    ["the top level", (control: string) => `{"cache_control":${control}}`],
    ["a message's block", (control: string) => `{"messages":[{"content":[{"cache_control":${control}}]}]}`],
    [
      "a block in a tool's result",
      (control: string) => `{"messages":[{"content":[{"content":[{"cache_control":${control}}]}]}]}`,
    ],
    ["a tool", (control: string) => `{"tools":[{"name":"t","cache_control":${control}}]}`],
    [
      "several places",
      (control: string) => `{"system":[{"cache_control":${control}}],"tools":[{"cache_control":${control}}]}`,
    ],
  ])("is made in %s", (_where, request) => {
    expect(withoutCuts(request('{"type":"ephemeral","scope":"global"}'))).toBe(request('{"type":"ephemeral"}'));
  });

  it.each([
    ["a tool's input", '{"messages":[{"content":[{"input":{"cache_control":{"scope":1}}}]}]}'],
    ["a tool's schema", '{"tools":[{"input_schema":{"cache_control":{"scope":1}}}]}'],
    ["an object inside cache_control", inSystem('{"x":{"scope":1}}')],
    ["a list inside cache_control", inSystem('{"x":[{"scope":1}]}')],
    ["a block", '{"system":[{"scope":1}]}'],
    ["a text", '{"system":"\\"cache_control\\":{\\"scope\\":1}"}'],
    ["a member with a similar name", inSystem('{"scopes":1,"Scope":2}')],
    ["a cache_control that is a string", inSystem('"scope"')],
  ])("is not made in %s", (_where, text) => {
    expect(scan(text).cuts).toEqual([]);
  });

  const many = (count: number) =>
    `{"system":[${Array(count).fill('{"cache_control":{"type":"ephemeral","scope":1}}').join(",")}]}`;

  it("is made 256 times", () => {
    expect(scan(many(256)).cuts).toHaveLength(256);
  });

  it("is not made if there are more, and the scan reports that", () => {
    const { cuts, found } = scan(many(300));
    expect({ cuts, found: [...found] }).toEqual({ cuts: [], found: [TOO_MANY] });
  });
});

type Tree = string | number | null | Tree[] | { entries: [string, Tree][] };

const NAMES = ["messages", "system", "tools", "content", "source", "cache_control", "scope", "type", "input", "é"];

const { tree } = fc.letrec<{ tree: Tree; leaf: Tree; list: Tree; object: Tree; control: Tree }>((tie) => ({
  leaf: fc.oneof(fc.string({ maxLength: 4 }), fc.integer(), fc.constant(null)),
  list: fc.array(tie("tree"), { maxLength: 3 }),
  object: entriesOf(NAMES, tie("tree")),
  control: entriesOf(["scope", "scope", "type", "x"], tie("leaf")),
  tree: fc.oneof({ maxDepth: 6 }, tie("leaf"), tie("list"), tie("object"), tie("control")),
}));

function entriesOf(names: readonly string[], value: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> {
  return fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 4 }).map((entries) => ({ entries }));
}

/**
 * A request with cache_control in every place that the grammar visits, and with duplicate members
 * below the top level.
 */
const request = fc
  .dictionary(fc.constantFrom("messages", "system", "tools", "cache_control", "metadata"), tree)
  .map((members): Tree => ({ entries: Object.entries(members) }));

/** Writes the tree as JSON. It takes white space and escapes from the given lists in turn. */
function written(root: Tree, spaces: readonly string[], escapes: readonly boolean[]): string {
  let turn = 0;
  const space = () => spaces[turn++ % spaces.length];
  const name = (text: string) =>
    escapes[turn++ % escapes.length]
      ? `"\\u${text.charCodeAt(0).toString(16).padStart(4, "0")}${text.slice(1)}"`
      : JSON.stringify(text);
  const write = (node: Tree): string => {
    if (Array.isArray(node)) return `[${node.map((element) => around(write(element))).join(",")}${space()}]`;
    if (typeof node !== "object" || node === null) return JSON.stringify(node);
    const members = node.entries.map(([key, value]) => `${around(name(key))}:${around(write(value))}`);
    return `{${members.join(",")}${space()}}`;
  };
  const around = (text: string) => `${space()}${text}${space()}`;
  return around(write(root));
}

/** @returns the value that the cuts should leave, calculated with the grammar and JSON.parse */
function expected(value: unknown, kind: string | undefined): unknown {
  if (Array.isArray(value)) return value.map((element) => expected(element, kind));
  if (typeof value !== "object" || value === null) return value;
  const { into = {}, cut = [] } = REQUEST_GRAMMAR.find((candidate) => candidate.kind === kind) ?? { kind: "" };
  const kept = Object.entries(value).filter(([name]) => !cut.includes(name));
  return Object.fromEntries(kept.map(([name, member]) => [name, expected(member, into[name])]));
}

describe("any request", () => {
  it("without its cuts has the same value, except for the scopes that the grammar names", () => {
    fc.assert(
      fc.property(
        request,
        fc.array(fc.constantFrom("", "", " ", "\n\t", "\r\n"), { minLength: 1 }),
        fc.array(fc.boolean(), { minLength: 1 }),
        (root, spaces, escapes) => {
          const text = written(root, spaces, escapes);
          expect(JSON.stringify(JSON.parse(withoutCuts(text)))).toBe(
            JSON.stringify(expected(JSON.parse(text), REQUEST_GRAMMAR[0]?.kind)),
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("the work for a hostile body", () => {
  const SMALL = 8 * 1024;
  const FACTOR = 16;

  /** The shortest of several runs, because other work of the machine only makes a run longer. */
  function scanMs(bytes: Uint8Array): number {
    const runs = Array.from({ length: 5 }, () => {
      const startedMs = performance.now();
      scanObject(bytes, REQUEST_GRAMMAR);
      return performance.now() - startedMs;
    });
    return Math.min(...runs);
  }

  const repeat = (text: string, bytes: number) => text.repeat(Math.ceil(bytes / text.length));

  it.each<[string, (bytes: number) => string]>([
    ["a run of backslashes", (bytes) => `{"a":"${repeat("\\\\", bytes)}"}`],
    ["escaped quotes", (bytes) => `{"a":"${repeat('\\"', bytes)}"}`],
    ["backslashes before quotes", (bytes) => `{"a":"${repeat('\\\\\\"', bytes)}"}`],
    ["white space before a comma", (bytes) => `{"a":1${repeat(" ", bytes)},"b":2}`],
    ["white space before a cut", (bytes) => inSystem(`{"type":1${repeat(" ", bytes)},"scope":2}`)],
    ["white space everywhere", (bytes) => inSystem(`{${repeat(' "x" : 1 ,', bytes)}"scope":2}`)],
    ["only scopes", (bytes) => inSystem(`{${repeat('"scope":1,', bytes)}"scope":2}`)],
    ["scopes after a member", (bytes) => inSystem(`{"type":1,${repeat('"scope":1,', bytes)}"scope":2}`)],
    ["small cache_control objects", (bytes) => `{"system":[${repeat('{"cache_control":{"scope":1}},', bytes)}{}]}`],
    ["different types", (bytes) => `{"tools":[${repeat(`{"type":"${"t".repeat(50)}"},`, bytes)}{}]}`],
    ["small lists", (bytes) => `{"messages":[${repeat("[[[]]],", bytes)}[]]}`],
    ["a long number", (bytes) => `{"a":${repeat("1", bytes)}}`],
    ["a string without an end", (bytes) => `{"a":"${repeat("\\\\", bytes)}`],
  ])("grows linearly with its size: %s", (_what, bodyOf) => {
    const encoder = new TextEncoder();
    const [small, large] = [encoder.encode(bodyOf(SMALL)), encoder.encode(bodyOf(SMALL * FACTOR))];
    scanMs(large);

    // The limit is five times the time of linear work. Quadratic work would take sixteen times that
    // time.
    expect(scanMs(large)).toBeLessThan((scanMs(small) + 0.05) * FACTOR * 5);
  });
});
