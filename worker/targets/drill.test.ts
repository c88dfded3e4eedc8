import { describe, expect, it } from "vitest";
import type { Client } from "../bindings.ts";
import { drilledTargets } from "./drill.ts";

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
