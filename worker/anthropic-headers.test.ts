import { describe, expect, it } from "vitest";
import { anthropicHeaders, betasOf, choosesAccount, readAnthropicHeaders, versionOf } from "./anthropic-headers.ts";
import { ApiError } from "./errors.ts";
import { interpret } from "./request/body.ts";

/** The URL has no query, so only the headers count. */
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
    ["accepts a query of 2 KiB", `?${"q".repeat(2047)}`, {}, undefined],
    ["returns 414 for a longer query", `?${"q".repeat(2048)}`, {}, 414],
    ["accepts anthropic-* headers of 8 KiB", "", { "anthropic-beta": "b".repeat(8192 - 14) }, undefined],
    ["returns 431 for a longer anthropic-* header", "", { "anthropic-beta": "b".repeat(8192 - 13) }, 431],
    [
      "returns 431 for two anthropic-* headers over 8 KiB",
      "",
      { "anthropic-a": "a".repeat(5_000), "anthropic-b": "b".repeat(5_000) },
      431,
    ],
    ["accepts long headers with other names", "", { "x-other": "x".repeat(20_000) }, undefined],
  ])("%s", (_what, query, headers, status) => {
    expect(statusOf(query, headers)).toBe(status);
  });
});

describe("anthropicHeaders", () => {
  it("are the caller's anthropic-* headers, our key, and a request for no compression", () => {
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

  it("have a default version if the caller sends none", () => {
    expect(anthropicHeaders(read(), "ours")["anthropic-version"]).toBe(versionOf(read()));
  });
});

it.each([
  ["", []],
  ["a", ["a"]],
  [" a , b,,c ", ["a", "b", "c"]],
])("betasOf splits the header %j into names", (value, betas) => {
  expect(betasOf(read({ "anthropic-beta": value }))).toEqual(betas);
});

describe("choosesAccount is", () => {
  const bodyWith = (member: string) => interpret(new TextEncoder().encode(`{"model":"m","${member}":{}}`));

  it.each<[string, Record<string, string>, string, boolean]>([
    ["false for the usual headers", { "anthropic-version": "v", "anthropic-beta": "b" }, "messages", false],
    ["false for a browser's header", { "anthropic-dangerous-direct-browser-access": "true" }, "messages", false],
    ["true for an unknown anthropic-* header", { "anthropic-workspace-id": "w" }, "messages", true],
    ["true for a billing policy", {}, "billing_policy", true],
  ])("%s", (_what, headers, member, expected) => {
    expect(choosesAccount(read(headers), bodyWith(member))).toBe(expected);
  });

  it("false if the body was not read", () => {
    expect(choosesAccount(read())).toBe(false);
  });
});
