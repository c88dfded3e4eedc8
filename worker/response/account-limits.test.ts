import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { ACCOUNT_LIMIT_RESULTS, accountLimit } from "./account-limits.ts";

it("knows every code that the installed SDK has for a 402 or a 429", () => {
  // The SDK's table is not part of its types, so its text is read.
  const table = readFileSync(createRequire(import.meta.url).resolve("@anthropic-ai/sdk/core/error-classes"), "utf8");
  const known = [...table.matchAll(/'(402|429) (\w+)'/g)].map(([, status, code]) => `${status}:${code}`);

  expect(known.sort()).toEqual([...ACCOUNT_LIMIT_RESULTS].sort());
});

it.each([
  ["with another status", 400, "enforced_spend_limit_reached"],
  ["that is unknown", 429, "some_new_limit"],
  ["that is not a text", 429, ["enforced_spend_limit_reached"]],
  ["that is missing", 429, undefined],
])("does not know a code %s", (_what, status, code) => {
  expect(accountLimit(status, code)).toBeUndefined();
});
