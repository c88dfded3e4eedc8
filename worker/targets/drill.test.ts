import { describe, expect, it } from "vitest";
import type { Client } from "../client-line.ts";
import { drilledTargets, drillStep } from "./drill.ts";
import type { Step } from "./step.ts";

const OPERATOR: Client = { name: "ops", operator: true };

describe("drilledTargets", () => {
  it("contains the targets that an operator names", () => {
    const headers = new Headers({ "x-failover-drill": "anthropic , vertex/us-east5" });

    expect(drilledTargets(headers, OPERATOR)).toEqual(new Set(["anthropic", "vertex/us-east5"]));
  });

  it.each<[string, HeadersInit, Client]>([
    ["another client names targets", { "x-failover-drill": "anthropic" }, { name: "ci" }],
    ["an operator sends no header", {}, OPERATOR],
  ])("contains no target if %s", (_what, headers, client) => {
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
  ])("differs only in a credential that the provider refuses: %s", (provider, refused) => {
    const { headers, ...rest } = step(provider);

    expect(drillStep(step(provider))).toEqual({ ...rest, headers: { ...headers, ...refused } });
  });
});
