/** Tests how the Worker reads Vertex's 400s. Their texts may quote words that the caller chose. */
import { describe, expect, it } from "vitest";
import { interpret } from "../request/body.ts";
import { dispensableMember, refusedPart } from "./fit.ts";

const bodyWith = (...members: string[]) => {
  const text = members.map((member) => `${JSON.stringify(member)}:1`).join(",");
  return interpret(new TextEncoder().encode(`{"model":"m","max_tokens":8,"messages":[]${text && `,${text}`}}`));
};
const REFUSED = "Extra inputs are not permitted";

describe("refusedPart", () => {
  it.each([
    [`output_config: ${REFUSED}`, "member:output_config"],
    [`output_config.effort: ${REFUSED}`, "member:output_config"],
    [`messages.0.content.1.cache_control.x: ${REFUSED}`, "member:messages"],
    ["tools.0: Input tag 'web_search_20260101' found using 'type' does not match any of the expected tags", "type"],
    ["messages.0.content.0: Input tag 'x' found using 'type' does not match", "type"],
    ["Unexpected value(s) `a-1` for the `anthropic-beta` header. Please consult our docs", "beta:a-1"],
    ["Unexpected value(s) `a-1`, `b-1` for the `anthropic-beta` header", "beta:a-1"],
  ])("names the feature that Vertex does not support: %s", (message, word) => {
    expect(refusedPart(message, bodyWith("output_config"), ["a-1", "b-1"])).toBe(word);
  });

  it.each([
    ["a member that the request does not have", `output_config: ${REFUSED}`],
    ["a beta that the request does not have", "Unexpected value(s) `c-1` for the `anthropic-beta` header"],
    ["a missing member", "max_tokens: Field required"],
    ["more than one fault", `max_tokens: ${REFUSED}\nmessages: Field required`],
    ["a member name that quotes the error", `x\nmax_tokens: ${REFUSED}: ${REFUSED}`],
    ["a line break before the error", `\nmax_tokens: ${REFUSED}`],
    ["white space after the error", `max_tokens: ${REFUSED} `],
    [
      "a value that quotes the error about a beta",
      "system: got 'Unexpected value(s) `a-1` for the `anthropic-beta` header'",
    ],
    ["a type outside tools and messages", "metadata: Input tag 'x' found using 'type' does not match"],
    ["another text", "Overloaded"],
    ["an empty message", ""],
    ["the message `undefined`", "undefined"],
    ["a name that every object inherits", `constructor: ${REFUSED}`],
  ])("is undefined for %s", (_what, message) => {
    expect(refusedPart(message, bodyWith(), ["a-1", "constructor"])).toBeUndefined();
  });

  it("does not repeat a long member name", () => {
    const member = "a".repeat(100);

    expect(refusedPart(`${member}: ${REFUSED}`, bodyWith(member), [])).toBe("member");
  });

  it.each([
    ["many dots", `messages${".0".repeat(100_000)}`],
    ["many letters", "a".repeat(200_000)],
    ["many quotes", `tools.0: Input tag '${"' found using 'type' does not ".repeat(20_000)}`],
    ["many backticks", `Unexpected value(s) \`a-1\`${" for the `anthropic-beta`".repeat(20_000)}`],
  ])("takes less than a second for %s", (_what, message) => {
    const startedMs = performance.now();

    refusedPart(message, bodyWith(), ["a-1"]);

    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

describe("dispensableMember", () => {
  it.each(["metadata", "cache_control"])("names a member that cannot change the answer: %s", (member) => {
    expect(dispensableMember(`${member}: ${REFUSED}`, bodyWith(member))).toBe(member);
  });

  it.each([
    ["a member that the request does not have", `metadata: ${REFUSED}`, []],
    ["a member that can change the answer", `output_config: ${REFUSED}`, ["output_config"]],
    ["the messages", `messages: ${REFUSED}`, []],
    ["a part of a member", `metadata.user_id: ${REFUSED}`, ["metadata"]],
    ["a member with an invalid value", "metadata: Input should be a valid dictionary", ["metadata"]],
    ["more than one fault", `metadata: ${REFUSED}\nmax_tokens: Field required`, ["metadata"]],
    ["a member name that quotes the error", `metadata: ${REFUSED}: ${REFUSED}`, ["metadata"]],
    ["a member name with a line break", `x\nmetadata: ${REFUSED}`, ["metadata"]],
    ["a name that every object inherits", `constructor: ${REFUSED}`, ["constructor"]],
    ["anything for an empty message", "", ["metadata"]],
  ])("does not name %s", (_what, message, members) => {
    expect(dispensableMember(message, bodyWith(...members))).toBeUndefined();
  });
});
