import { expect, it } from "vitest";
import type { StackResource } from "../stack/stack.ts";
import { clientTokenAges, googleCredentialAge, runTokenAge } from "./secret-ages.ts";
import { TYPES } from "./state.ts";
import type { Subject } from "./subject.ts";

const NOW_MS = Date.parse("2026-11-26T12:00:00Z");
const DAY_MS = 24 * 3_600_000;

/** Only the resources count here. */
function stackOf(resources: readonly [type: keyof typeof TYPES, name: string, days: number][]): Subject {
  return {
    resources: resources.map(
      ([type, name, days]): StackResource => ({
        type: TYPES[type],
        name,
        id: name,
        createdMs: NOW_MS - days * DAY_MS,
        inputs: {},
      }),
    ),
  } as unknown as Subject;
}

it("counts only the token that is used: that of the newest epoch", () => {
  const tokens = [
    { id: "a", epoch: 1, issuedOn: "2025-11-26T12:00:00Z" },
    { id: "b", epoch: 2, issuedOn: "2026-11-16T12:00:00Z" },
  ];

  expect(runTokenAge(tokens, NOW_MS).findings).toEqual([{ verdict: "fine", text: "10 days old" }]);
});

it("asks to rotate what is over 90 days old, and calls it no problem", () => {
  expect(runTokenAge([{ id: "a", epoch: 1, issuedOn: "2026-08-01T12:00:00Z" }], NOW_MS).findings).toEqual([
    { verdict: "note", text: "117 days old", cure: "npm run rotate -- gatewayToken" },
  ]);
  expect(googleCredentialAge([{ name: "k", createdOn: "2026-08-01T12:00:00Z" }], stackOf([]), NOW_MS).findings).toEqual(
    [{ verdict: "note", text: "117 days old", cure: "npm run rotate -- google" }],
  );
});

it("knows a signing key's age from the state", () => {
  const subject = stackOf([["signingKey", "claude-failover-vertex-signing-key-1", 1]]);

  expect(googleCredentialAge([], subject, NOW_MS).findings).toEqual([{ verdict: "fine", text: "1 day old" }]);
});

it("has one line for all clients, with the oldest", () => {
  const subject = stackOf([
    ["clientToken", "claude-failover-clients-app-1", 300],
    ["clientToken", "claude-failover-clients-app-2", 5],
    ["clientToken", "claude-failover-clients-ci-1", 120],
    ["clientToken", "claude-failover-clients-batch-job-1", 100],
  ]);

  expect(clientTokenAges(subject, NOW_MS).findings).toEqual([
    {
      verdict: "note",
      text: "2 of 3 are over 90 days old; the oldest is ci, 120 days",
      cure: "npm run rotate -- client:ci",
    },
  ]);
});
