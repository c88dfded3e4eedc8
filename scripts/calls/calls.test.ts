import { describe, expect, it } from "vitest";
import { parseSettings } from "../../infra/settings/parse.ts";
import { MODELS } from "../../worker/models.ts";
import type { Outputs, Stack } from "../stack/stack.ts";
import { workerUrl } from "./deployment.ts";
import { describeEstimate, estimate } from "./estimate.ts";
import { modelsToAsk, newestTwo } from "./models-to-ask.ts";
import { operatorClient } from "./operator-client.ts";
import { costOf, formatUsd, priceOf } from "./prices.ts";
import { hasEndedAtAnthropic, targetsOf } from "./targets.ts";

function settings(config: Readonly<Record<string, unknown>> = {}) {
  const required = {
    cloudflareAccountId: "0".repeat(32),
    googleProject: "my-project",
    anthropicApiKey: "sk-ant-something",
  };
  const parsed = parseSettings({ ...required, ...config });
  if (parsed.kind === "faults") throw new Error(JSON.stringify(parsed.faults));
  return parsed.settings;
}
const OUTPUTS: Outputs = { url: "https://w.example", gatewayUrl: "", clientTokens: { app: "a" }, gatewayToken: "" };

describe("the targets of a model", () => {
  it.each([
    ["claude-sonnet-4-6", {}, ["anthropic", "vertex/us-east5", "vertex/us", "vertex/global"]],
    ["claude-sonnet-4-6", { vertexLocations: ["us-east5"] }, ["anthropic", "vertex/us-east5"]],
    ["claude-sonnet-4-6", { vertexLocations: ["us", "us-east5"] }, ["anthropic", "vertex/us", "vertex/us-east5"]],
    [
      "claude-sonnet-4-6",
      { force: "vertex/us", vertexLocations: ["us-east5", "us"] },
      ["vertex/us", "anthropic", "vertex/us-east5"],
    ],
    ["claude-opus-5-5", {}, ["anthropic", "vertex/us", "vertex/global"]],
    ["claude-opus-5-5", { allowedLocations: ["us-east5"] }, ["anthropic"]],
    ["claude-mythos-5", {}, ["anthropic"]],
    ["claude-unheard-of", {}, ["anthropic"]],
    [
      "claude-x",
      { models: { "claude-x": { vertexId: "x", locations: ["us-east5"] } } },
      ["anthropic", "vertex/us-east5"],
    ],
  ])("are those that the Worker asks, in its order: %s with %j", (model, config, targets) => {
    expect(targetsOf(model, settings(config))).toEqual(targets);
  });

  it("do not serve any more what Anthropic has retired", () => {
    const onMayDay = Date.parse("2027-05-01");

    expect(hasEndedAtAnthropic("claude-opus-4-5", settings(), onMayDay)).toBe(true);
    expect(hasEndedAtAnthropic("claude-sonnet-4-6", settings(), onMayDay)).toBe(false);
  });
});

describe("the models that a command asks", () => {
  /** A look-up of Anthropic's models would fail. */
  const noStack = {} as Stack;

  it.each<[string, string[], Record<string, unknown>, string[]]>([
    ["those that are named, each once", ["b", "a", "b"], {}, ["b", "a"]],
    [
      "those that the settings name",
      [],
      {
        models: { "claude-x": { vertexId: "x", locations: ["us"] } },
        modelGarden: { models: ["claude-sonnet-4-6", "claude-x"] },
      },
      ["claude-x", "claude-sonnet-4-6"],
    ],
  ])("are %s", async (_which, named, config, models) => {
    expect(await modelsToAsk(named, settings(config), noStack)).toEqual(models);
  });

  it.each([
    [["us-east5"], ["claude-sonnet-4-6", "claude-haiku-5-5"]],
    [["us"], ["claude-haiku-5-5", "claude-haiku-5-5"]],
  ])("are the newest in the stack's locations and the newest of all: %j", (vertexLocations, models) => {
    const newest = ["claude-fable-5-2", "claude-haiku-5-5", "claude-sonnet-4-6", "claude-opus-4-6"];

    expect(newestTwo(settings({ vertexLocations }), newest)).toEqual(models);
  });
});

describe("the client of a drill", () => {
  it("is an operator that is deployed", () => {
    const { clients } = settings({
      clients: ["app", { name: "new", operator: true }, { name: "oncall", operator: true }],
    });

    const found = operatorClient({ clients }, { ...OUTPUTS, clientTokens: { app: "a", oncall: "o" } }, undefined);

    expect(found).toEqual({ name: "oncall", token: "o", requestsPerMinute: undefined });
  });

  it("is missing where no client is an operator, and the cure keeps the others", () => {
    const configured = ["app", { name: "oncall", batches: true }];
    const { clients } = settings({ clients: configured });

    expect(() => operatorClient({ clients }, OUTPUTS, configured)).toThrow(
      expect.objectContaining({
        exitCode: "problem",
        message: "no client is an operator, so the Worker ignores a drill",
        cure:
          `pulumi config set clients '["app",{"name":"oncall","batches":true},{"name":"oncall-2","operator":true}]'` +
          " && pulumi up",
      }),
    );
  });

  it("must be deployed", () => {
    const { clients } = settings({ clients: [{ name: "oncall", operator: true }] });

    expect(() => operatorClient({ clients }, OUTPUTS, undefined)).toThrow("oncall is configured, but not deployed");
  });
});

describe("the price of a call", () => {
  it.each(MODELS.map(({ id }) => id))("is known for every model of the table: %s", (id) => {
    expect(priceOf(id)).toBeDefined();
  });

  it.each([
    ["claude-opus-5-5", "anthropic", 24],
    ["claude-opus-4-1-20250805", "anthropic", 90],
    ["claude-opus-5", "vertex/global", 30],
    ["claude-opus-5", "vertex/us", 33],
    ["claude-haiku-5-5", "anthropic", 0.6],
    ["claude-unheard-of", "anthropic", undefined],
  ])("is Anthropic's, and a tenth more in a region of Vertex: %s at %s", (model, target, usd) => {
    const cost = costOf(model, target, { inputTokens: 1_000_000, outputTokens: 1_000_000 });

    if (usd === undefined) expect(cost).toBeUndefined();
    else expect(cost).toBeCloseTo(usd);
  });

  it.each([
    [0, "$0"],
    [12.345, "$12.35"],
    [0.1, "$0.10"],
    [0.000_123_4, "$0.00012"],
  ])("keeps the digits that say something: %d", (usd, text) => {
    expect(formatUsd(usd)).toBe(text);
  });

  it("is said before the calls, with calls and tokens", () => {
    const planned = [
      { model: "claude-sonnet-4-6", target: "anthropic", count: 1_000 },
      { model: "claude-sonnet-4-6", target: "vertex/global", count: 200 },
    ];

    expect(describeEstimate(estimate(planned))).toBe("1,200 calls with at most 55,200 tokens: estimated $0.40.");
  });

  it("is not made up for an unknown model", () => {
    const planned = [{ model: "claude-unheard-of", target: "anthropic", count: 1 }];

    expect(describeEstimate(estimate(planned))).toBe("1 call with at most 46 tokens: their price is not known.");
  });
});

describe("the Worker's URL", () => {
  it("is the stack's, unless another one is given", () => {
    expect(workerUrl(OUTPUTS, undefined)).toBe("https://w.example");
    expect(workerUrl(OUTPUTS, "http://127.0.0.1:1/")).toBe("http://127.0.0.1:1");
  });

  it.each([
    [undefined, "the stack does not know its URL"],
    ["w.example", "--url w.example is not a URL"],
  ])("is one line if it is missing or wrong: %s", (given, message) => {
    expect(() => workerUrl({ ...OUTPUTS, url: undefined }, given)).toThrow(message);
  });
});
