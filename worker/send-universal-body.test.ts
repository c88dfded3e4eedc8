/**
 * The guarantee of the body scanner. The Worker either refuses a body, or every step contains the
 * same value, except for the members that the step must change. No body can add, drop or alter a
 * step.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RequestContext } from "./context.ts";
import { MESSAGES } from "./endpoints.ts";
import { ApiError } from "./errors.ts";
import { findModel } from "./models.ts";
import { interpret, type RequestBody } from "./request/body.ts";
import { universalBody } from "./send.ts";
import { anthropicStep } from "./targets/anthropic.ts";
import { vertexStep } from "./targets/vertex.ts";

const MODEL = "claude-sonnet-4-6";
const OMITTED = new Set(["service_tier"]);

function universalText(body: RequestBody): string {
  const model = findModel(MODEL, {});
  if (!model) throw new Error(`${MODEL} is not in the table`);
  const url = new URL("https://worker.test/v1/messages");
  const context = { anthropicHeaders: new Map(), url, secrets: { anthropicApiKey: "sk-ant-test" } };
  const steps = [
    anthropicStep(MESSAGES, body, context as unknown as RequestContext),
    vertexStep("us-east5", {
      endpoint: MESSAGES,
      body,
      model,
      form: { version: "vertex-2023-10-16", omittedMembers: OMITTED, betas: [], report: [] },
      project: "p",
      accessToken: "ya29.test",
    }),
  ];
  return Buffer.concat(universalBody(steps, 1_000) as Uint8Array[]).toString("utf8");
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** @returns whether the body was accepted. */
function holdsGuarantee(bytes: Uint8Array): boolean {
  let body: RequestBody;
  try {
    body = interpret(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).status).toBe(400);
    return false;
  }
  const universal = universalText(body);
  const sent = parse(bytes);
  if (sent === undefined) {
    expect(() => JSON.parse(universal)).toThrow();
    return true;
  }
  const steps = JSON.parse(universal) as { query: Record<string, unknown> }[];
  expect(steps.map((step) => Object.keys(step))).toEqual(Array(2).fill(["provider", "endpoint", "headers", "query"]));
  expect(JSON.stringify(steps[0]?.query)).toBe(JSON.stringify(sent));
  const kept = Object.entries(sent as object).filter(([name]) => name !== "model" && !OMITTED.has(name));
  const version = kept.some(([name]) => name === "anthropic_version")
    ? []
    : [["anthropic_version", "vertex-2023-10-16"] as const];
  expect(JSON.stringify(steps[1]?.query)).toBe(JSON.stringify(Object.fromEntries([...version, ...kept])));
  expect(body.stream).toBe((sent as { stream?: unknown }).stream === true);
  return true;
}

/** Valid bodies with members in any order, unusual white space and unnecessary escapes. */
const bodyText = fc
  .tuple(
    fc.dictionary(
      fc.oneof(
        fc.constantFrom(
          "messages",
          "system",
          "tools",
          "service_tier",
          "stream",
          "anthropic_version",
          "__proto__",
          "query",
        ),
        fc.string({ unit: "binary" }),
      ),
      fc.oneof(fc.jsonValue(), fc.boolean(), fc.string({ unit: "grapheme" }), fc.constant('"}},{"provider":"x"')),
    ),
    fc.nat(),
    fc.constantFrom("", " ", "\n\t", "\r\n  "),
    fc.boolean(),
  )
  .map(([members, position, space, escaped]) => {
    const entries = Object.entries(members)
      .filter(([name]) => name !== "model")
      .map(([name, value]): [string, unknown] => [name, name === "stream" ? Boolean(value) : value]);
    entries.splice(position % (entries.length + 1), 0, ["model", MODEL]);
    const written = entries.map(([name, value]) => {
      const key = escaped ? `"${[...name].map(unicodeEscape).join("")}"` : JSON.stringify(name);
      return `${space}${key}${space}:${space}${JSON.stringify(value)}${space}`;
    });
    return `${space}{${written.join(",")}}${space}`;
  });

function unicodeEscape(char: string): string {
  return [...Array(char.length).keys()].map((i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");
}

/** One edit of the bytes. It inserts structural characters more often than chance would. */
const edit = fc.record({
  at: fc.nat(),
  remove: fc.nat(4),
  insert: fc.oneof(
    fc
      .constantFrom(...'{}[],:"\\ \ntfn0-.e'.split(""), '"model":"x",', '},{"provider":"openai"', "\uFEFF", "\u0000")
      .map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 3 }),
  ),
});

function apply(
  bytes: Uint8Array,
  { at, remove, insert }: { at: number; remove: number; insert: Uint8Array },
): Uint8Array {
  const from = at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + remove)]);
}

it("the universal body contains every byte of system, tools and messages", () => {
  const members = [
    '"system" : [ { "type":"text", "text":"\\u0041\\/" } ]',
    '"tools":[{"name":"t","input_schema":{"x":1.0e+2}}]',
    '"messages":[{"role":"user","content":[{"type":"thinking","signature":"EqQ=","thinking":""}]}]',
  ];

  const universal = universalText(
    interpret(new TextEncoder().encode(`{"model":"${MODEL}", ${members.join(" ,\n")} }`)),
  );

  expect(members.map((member) => universal.split(member).length - 1)).toEqual([2, 2, 2]);
});

it("only the Vertex step leaves out a cache scope", () => {
  const text = `{"model":"${MODEL}","system":[{"text":"a","cache_control":{"type":"ephemeral","scope":"global"}}]}`;

  const steps = JSON.parse(universalText(interpret(new TextEncoder().encode(text)))) as {
    query: { system: unknown };
  }[];

  expect(steps.map(({ query }) => query.system)).toEqual([
    [{ text: "a", cache_control: { type: "ephemeral", scope: "global" } }],
    [{ text: "a", cache_control: { type: "ephemeral" } }],
  ]);
});

describe("the universal body", () => {
  it("contains the caller's value in every step, for every valid body", () => {
    fc.assert(
      fc.property(bodyText, (text) => {
        expect(holdsGuarantee(new TextEncoder().encode(text))).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it("keeps the guarantee for valid bodies with changed bytes", () => {
    fc.assert(
      fc.property(bodyText, fc.array(edit, { minLength: 1, maxLength: 4 }), (text, edits) => {
        holdsGuarantee(edits.reduce(apply, new TextEncoder().encode(text)));
      }),
      { numRuns: 10_000 },
    );
  });

  it("keeps the guarantee for arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        holdsGuarantee(bytes);
      }),
    );
  });
});
