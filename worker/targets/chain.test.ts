import { describe, expect, it } from "vitest";
import type { Settings } from "../bindings.ts";
import { COUNT_TOKENS, type Endpoint, MESSAGES } from "../endpoints.ts";
import { interpret } from "../request/body.ts";
import { type Chain, modelKey, planChain } from "./chain.ts";
import { targetName } from "./target.ts";

interface Circumstances {
  /** The whole body. By default it is built from `model` and `members`. */
  text?: string;
  model?: string;
  members?: object;
  locations?: readonly string[];
  models?: Settings["options"]["models"];
  headers?: Record<string, string>;
  endpoint?: Endpoint;
}

function planned({
  text,
  model = "claude-sonnet-4-6",
  members = {},
  locations = ["us-east5", "us"],
  models = {},
  headers = {},
  endpoint = MESSAGES,
}: Circumstances = {}): Chain {
  const body = interpret(new TextEncoder().encode(text ?? JSON.stringify({ model, messages: [], ...members })));
  const options = { models, bedrock: null, chain: ["anthropic", "vertex"] };
  const settings = { vertexLocations: locations, options } as unknown as Settings;
  return planChain(endpoint, body, new Map(Object.entries(headers)), settings);
}

const namesOf = ({ targets }: Chain) => targets.map(targetName);

describe("a chain", () => {
  it("is Anthropic, and then each configured location that serves the model, in the configured order", () => {
    expect(namesOf(planned({ locations: ["us", "europe-west1", "us-east5"] }))).toEqual([
      "anthropic",
      "vertex/us",
      "vertex/us-east5",
    ]);
  });

  it("has targets of the kinds anthropic and vertex", () => {
    expect(planned({ locations: ["us"] }).targets).toEqual([{ kind: "anthropic" }, { kind: "vertex", location: "us" }]);
  });

  it("includes Vertex for a body of 30 MiB, not counting the white space around it", () => {
    const [head, tail] = ['{"model":"claude-sonnet-4-6","messages":[],"system":"', '"}'];
    const text = `  ${head}${"x".repeat(30 * 1024 * 1024 - head.length - tail.length)}${tail}`;

    expect(namesOf(planned({ text, locations: ["us"] }))).toEqual(["anthropic", "vertex/us"]);
  });

  it("finds a model by its alias", () => {
    const chain = planned({ model: "claude-sonnet-4-5" });

    expect(namesOf(chain)).toEqual(["anthropic", "vertex/us-east5", "vertex/us"]);
    expect(modelKey(chain)).toBe("claude-sonnet-4-5-20250929");
  });

  it("finds a model that the configuration adds", () => {
    const models = { "claude-new": { vertexId: "claude-new@1", locations: ["us"] } };

    expect(namesOf(planned({ model: "claude-new", models }))).toEqual(["anthropic", "vertex/us"]);
  });

  it("contains the form of the Vertex step", () => {
    expect(planned({ members: { speed: "fast" } }).forms.vertex).toMatchObject({ report: ["speed"] });
  });
});

describe("a chain without Vertex", () => {
  it.each<[string, Circumstances]>([
    ["unknown_model", { model: "gpt" }],
    ["unknown_model", { model: "constructor" }],
    ["unknown_model", { model: "__proto__" }],
    ["model_not_on_vertex", { model: "claude-mythos-5" }],
    ["model_not_in_locations", { locations: ["europe-west1"] }],
    ["model_not_in_locations", { locations: [] }],
    ["count_tokens_not_in_locations", { locations: ["us"], endpoint: COUNT_TOKENS }],
    ["too_large", { members: { x: "x".repeat(30 * 1024 * 1024) } }],
    ["version", { headers: { "anthropic-version": "2020-01-01" } }],
    ["beta:new-2026-01-01", { headers: { "anthropic-beta": "new-2026-01-01" } }],
    ["member:mcp_servers", { members: { mcp_servers: [] } }],
  ])("says why: %s", (skipped, circumstances) => {
    const chain = planned(circumstances);

    expect({ targets: namesOf(chain), skipped: chain.skipped.vertex }).toEqual({ targets: ["anthropic"], skipped });
  });

  it("has one key for all unknown models", () => {
    expect([modelKey(planned({ model: "gpt" })), modelKey(planned({ model: "other" }))]).toEqual([
      "unknown",
      "unknown",
    ]);
  });
});

it("the chain of a token count has the locations that count tokens, even if they do not serve the model", () => {
  const chain = planned({ model: "claude-opus-5", locations: ["us", "europe-west1"], endpoint: COUNT_TOKENS });

  expect(namesOf(chain)).toEqual(["anthropic", "vertex/europe-west1"]);
});
