import { describe, expect, it } from "vitest";
import type { Client } from "../bindings.ts";
import { drilledTargets, drillStep } from "./drill.ts";
import type { Step } from "./step.ts";

const OPERATOR: Client = { name: "ops", operator: true };

describe("drilledTargets", () => {
  it("are those that an operator names", () => {
    const headers = new Headers({ "x-failover-drill": "anthropic , vertex/us-east5" });

    expect(drilledTargets(headers, OPERATOR)).toEqual(new Set(["anthropic", "vertex/us-east5"]));
  });

  it.each<[string, HeadersInit, Client]>([
    ["anybody else names some", { "x-failover-drill": "anthropic" }, { name: "ci" }],
    ["an operator names none", {}, OPERATOR],
  ])("are no target's name where %s", (_what, headers, client) => {
    expect([...drilledTargets(new Headers(headers), client)].filter((name) => name !== "")).toEqual([]);
  });
});

describe("a drilled step", () => {
  const step = (provider: Step["provider"]): Step => ({
    provider,
    host: "provider.test",
    endpoint: "v1",
    headers: { "x-api-key": "ours", authorization: "Bearer ours", "content-type": "application/json" },
    body: [],
  });

  it.each<[Step["provider"], Record<string, string>]>([
    ["anthropic", { "x-api-key": "drill-refused-credential" }],
    ["google-vertex-ai", { authorization: "Bearer drill-refused-credential" }],
  ])("is the same but for a credential that its provider refuses: %s", (provider, refused) => {
    const { headers, ...rest } = step(provider);

    expect(drillStep(step(provider))).toEqual({ ...rest, headers: { ...headers, ...refused } });
  });
});
