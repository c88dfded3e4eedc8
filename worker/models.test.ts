import { describe, expect, it } from "vitest";
import { findModel, isRetired } from "./models.ts";

describe("a model", () => {
  it.each([
    ["claude-sonnet-4-6", "claude-sonnet-4-6", "claude-sonnet-4-6"],
    ["claude-opus-4-5", "claude-opus-4-5-20251101", "claude-opus-4-5@20251101"],
    ["claude-opus-4-5-20251101", "claude-opus-4-5-20251101", "claude-opus-4-5@20251101"],
  ])("is found by its id and by its aliases: %s", (name, id, vertexId) => {
    expect(findModel(name, {})).toMatchObject({ id, vertexId });
  });

  it.each(["gpt", "", "constructor", "__proto__", "CLAUDE-SONNET-4-6"])("is not in the table: %j", (name) => {
    expect(findModel(name, {})).toBeUndefined();
  });

  it("can be added by the configuration", () => {
    const overrides = { "claude-new": { vertexId: "claude-new@1", locations: ["us"] } };

    expect(findModel("claude-new", overrides)).toEqual({ id: "claude-new", ...overrides["claude-new"] });
  });

  it("can be changed by the configuration, under any of its names, and keeps its other members", () => {
    const overrides = { "claude-opus-4-5-20251101": { vertexId: "v", locations: ["eu"] } };

    expect(findModel("claude-opus-4-5", overrides)).toEqual({
      id: "claude-opus-4-5-20251101",
      aliases: ["claude-opus-4-5"],
      vertexId: "v",
      locations: ["eu"],
      anthropicEnds: "2027-01-22",
    });
  });
});

describe("isRetired", () => {
  it.each([
    ["2026-11-29T23:59:59Z", false],
    ["2026-11-30T00:00:00Z", true],
    ["2027-01-01T00:00:00Z", true],
  ])("for a model that ends on 2026-11-30, at %s, is %s", (now, expected) => {
    const model = { id: "m", locations: [], anthropicEnds: "2026-11-30" };

    expect(isRetired(model, Date.parse(now))).toBe(expected);
  });

  it("is false for a model without an end", () => {
    expect(isRetired({ id: "m", locations: [] }, Number.MAX_SAFE_INTEGER)).toBe(false);
  });
});
