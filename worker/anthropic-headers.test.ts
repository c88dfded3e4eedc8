import { describe, expect, it } from "vitest";
import { anthropicHeaders, betasOf, choosesAccount, readAnthropicHeaders, versionOf } from "./anthropic-headers.ts";
import { ApiError } from "./errors.ts";
import { interpret } from "./request/body.ts";

/** Of a request whose head is small enough. */
const read = (headers: HeadersInit = {}) =>
  readAnthropicHeaders(new URL("https://worker.test/v1/messages"), new Headers(headers));

describe("readAnthropicHeaders", () => {
  function statusOf(query: string, headers: Record<string, string>): number | undefined {
    try {
      readAnthropicHeaders(new URL(`https://worker.test/v1/messages${query}`), new Headers(headers));
    } catch (error) {
      if (error instanceof ApiError) return error.status;
      throw error;
    }
    return undefined;
  }

  it.each<[string, string, Record<string, string>, number | undefined]>([
    ["a query of 2 KiB", `?${"q".repeat(2047)}`, {}, undefined],
    ["a longer query", `?${"q".repeat(2048)}`, {}, 414],
    ["anthropic-* headers of 8 KiB", "", { "anthropic-beta": "b".repeat(8192 - 14) }, undefined],
    ["longer anthropic-* headers", "", { "anthropic-beta": "b".repeat(8192 - 13) }, 431],
    ["many anthropic-* headers", "", { "anthropic-a": "a".repeat(5_000), "anthropic-b": "b".repeat(5_000) }, 431],
    ["long headers of other kinds", "", { "x-other": "x".repeat(20_000) }, undefined],
  ])("of %s", (_what, query, headers, status) => {
    expect(statusOf(query, headers)).toBe(status);
  });
});

describe("anthropicHeaders", () => {
  it("are the caller's anthropic-* headers, our key, and nothing compressed", () => {
    const headers = read({
      "anthropic-beta": "b",
      "anthropic-new": "n",
      "anthropic-version": "2026-10-21",
      authorization: "Bearer caller",
      "x-api-key": "caller",
      cookie: "c",
      "accept-encoding": "gzip",
    });

    expect(anthropicHeaders(headers, "ours")).toEqual({
      "anthropic-beta": "b",
      "anthropic-new": "n",
      "anthropic-version": "2026-10-21",
      "x-api-key": "ours",
      "accept-encoding": "identity",
    });
  });

  it("have a version for callers that send none", () => {
    expect(anthropicHeaders(read(), "ours")["anthropic-version"]).toBe(versionOf(read()));
  });
});

it.each([
  ["", []],
  ["a", ["a"]],
  [" a , b,,c ", ["a", "b", "c"]],
])("betasOf %j are its names", (value, betas) => {
  expect(betasOf(read({ "anthropic-beta": value }))).toEqual(betas);
});

describe("choosesAccount", () => {
  const bodyWith = (member: string) => interpret(new TextEncoder().encode(`{"model":"m","${member}":{}}`));

  it.each<[string, Record<string, string>, string, boolean]>([
    ["the usual headers", { "anthropic-version": "v", "anthropic-beta": "b" }, "messages", false],
    ["a browser's header", { "anthropic-dangerous-direct-browser-access": "true" }, "messages", false],
    ["a header that nobody knows", { "anthropic-workspace-id": "w" }, "messages", true],
    ["a billing policy", {}, "billing_policy", true],
  ])("with %s", (_what, headers, member, expected) => {
    expect(choosesAccount(read(headers), bodyWith(member))).toBe(expected);
  });

  it("without a body that was read", () => {
    expect(choosesAccount(read())).toBe(false);
  });
});
