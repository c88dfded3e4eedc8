import { describe, expect, it } from "vitest";
import { deployedLocations, wideningWarnings } from "./deployed-locations.ts";

const scriptWith = (bindings: unknown) => [
  { type: "cloudflare:index/workersScript:WorkersScript", name: "worker", outputs: { bindings } },
];
const locations = (text: unknown) => [
  { name: "OPTIONS", text: "{}" },
  { name: "VERTEX_LOCATIONS", text },
];

describe("the deployed locations", () => {
  it("are those of the Worker's variable", () => {
    expect(deployedLocations(scriptWith(locations('["us-east5","us"]')))).toEqual(["us-east5", "us"]);
  });

  it.each<[string, unknown]>([
    ["without bindings", undefined],
    ["without the variable", [{ name: "OPTIONS", text: "{}" }]],
    ["with invalid JSON", locations("us-east5")],
    ["with another value", locations('"us-east5"')],
    ["with a text that is missing", locations(undefined)],
  ])("are not known from a script %s", (_what, bindings) => {
    expect(deployedLocations(scriptWith(bindings))).toBeUndefined();
  });

  it("are not known before the first run", () => {
    expect(deployedLocations([])).toBeUndefined();
  });
});

describe("a preview", () => {
  it("warns of new locations, with the command that keeps requests out of them", () => {
    expect(wideningWarnings(["us-east5"], ["us-east5", "us", "global"])).toEqual([
      "From this run on, Vertex may serve requests in us, global too. To keep them out: " +
        `pulumi config set vertexLocations '["us-east5"]'`,
    ]);
  });

  it.each([
    ["a new stack", undefined, ["us-east5"]],
    ["the same locations", ["us-east5", "us"], ["us", "us-east5"]],
    ["fewer locations", ["us-east5", "us"], ["us"]],
  ])("does not warn of %s", (_what, before, after) => {
    expect(wideningWarnings(before, after)).toEqual([]);
  });
});
