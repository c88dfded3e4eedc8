/** Tests Bedrock's step, and that the other steps of a chain of three are those of a chain of two. */
import { describe, expect, it } from "vitest";
import { readAnthropicHeaders } from "../anthropic-headers.ts";
import type { Settings } from "../bindings.ts";
import type { RequestContext } from "../context.ts";
import { COUNT_TOKENS, type Endpoint, MESSAGES } from "../endpoints.ts";
import { findModel } from "../models.ts";
import type { Options } from "../options.ts";
import { interpret } from "../request/body.ts";
import { SecretRotation } from "../secrets-in-use.ts";
import { universalBody } from "../send.ts";
import { anthropicStep } from "./anthropic.ts";
import { bedrockStep } from "./bedrock.ts";
import { planChain } from "./chain.ts";
import { targetName } from "./target.ts";
import { vertexStep } from "./vertex.ts";

const bytes = (text: string) => interpret(new TextEncoder().encode(text));
const textOf = (slices: readonly Uint8Array[]) => slices.map((slice) => new TextDecoder().decode(slice)).join("");
const BODY = '{"system":[{"type":"text","text":"é","cache_control":{"type":"ephemeral","scope":"global"}}],';
const REQUEST = `${BODY}"speed":"fast","model":"claude-haiku-4-5","messages":[ ],"max_tokens":8}`;

function settingsWith(options: Partial<Options>): Settings {
  return {
    anthropicApiKeys: { current: "a" },
    gatewayTokens: { current: "g" },
    bedrockApiKeys: { current: "ABSK" },
    googleProject: "p",
    vertexLocations: ["us-east5"],
    options: { models: {}, bedrock: null, chain: ["anthropic", "vertex"], ...options },
  } as unknown as Settings;
}

const ALL = { bedrock: { region: "eu-west-1" }, chain: ["anthropic", "vertex", "bedrock"] } as const;

function planned(options: Partial<Options>, text = REQUEST, endpoint: Endpoint = MESSAGES) {
  return planChain(endpoint, bytes(text), new Map(), settingsWith(options));
}

function bedrockStepOf(endpoint: Endpoint) {
  const chain = planned(ALL, REQUEST, endpoint);
  const form = chain.forms.bedrock;
  if (!form || !chain.model) throw new Error("there is no step of Bedrock");
  return bedrockStep("eu-west-1", { endpoint, body: bytes(REQUEST), model: chain.model, form, apiKey: "ABSK" });
}

describe("Bedrock's step", () => {
  it("goes to the region's host, and to the gateway's path of that region", () => {
    expect(bedrockStepOf(MESSAGES)).toMatchObject({
      provider: "aws-bedrock",
      host: "bedrock-mantle.eu-west-1.api.aws",
      endpoint: "anthropic/v1/messages",
      gatewayPrefix: "bedrock-mantle/eu-west-1/",
      headers: { authorization: "Bearer ABSK", "anthropic-version": "2023-06-01" },
    });
  });

  it("has the caller's bytes without what Bedrock refuses, and Bedrock's id of the model", () => {
    const system = '"system":[{"type":"text","text":"é","cache_control":{"type":"ephemeral"}}]';

    expect(textOf(bedrockStepOf(MESSAGES).body)).toBe(
      `{${system},"model":"anthropic.claude-haiku-4-5","messages":[ ],"max_tokens":8}`,
    );
  });

  it("counts tokens at the path below", () => {
    expect(bedrockStepOf(COUNT_TOKENS)).toMatchObject({ endpoint: "anthropic/v1/messages/count_tokens" });
  });
});

describe("the steps of Anthropic and Vertex", () => {
  /** The body for the Universal Endpoint, without Bedrock's step. */
  function bodyWith(options: Partial<Options>): string {
    const settings = settingsWith(options);
    const url = new URL("https://worker.test/v1/messages");
    const secrets = new SecretRotation(settings).forRequest();
    const anthropicHeaders = readAnthropicHeaders(url, new Headers());
    const context = { url, anthropicHeaders, secrets, isolate: { settings } } as unknown as RequestContext;
    const { model, forms } = planned(options);
    if (!model || !forms.vertex) throw new Error("there is no step of Vertex");
    const vertex = { model, form: forms.vertex, project: "p", accessToken: "t", endpoint: MESSAGES };
    const body = bytes(REQUEST);
    const steps = [anthropicStep(MESSAGES, body, context), vertexStep("us-east5", { ...vertex, body })];
    return textOf(universalBody(steps, 1_000));
  }

  it("are the same bytes with Bedrock and without", () => {
    expect(bodyWith(ALL)).toBe(bodyWith({}));
  });
});

describe("a chain with Bedrock", () => {
  it("has Bedrock behind the Vertex locations", () => {
    expect(planned(ALL).targets.map(targetName)).toEqual(["anthropic", "vertex/us-east5", "bedrock/eu-west-1"]);
  });

  it.each([
    [
      ["bedrock", "anthropic", "vertex"],
      ["bedrock/eu-west-1", "anthropic", "vertex/us-east5"],
    ],
    [
      ["vertex", "bedrock", "anthropic"],
      ["vertex/us-east5", "bedrock/eu-west-1", "anthropic"],
    ],
  ] as const)("has the order of the option: %j", (chain, names) => {
    expect(planned({ ...ALL, chain }).targets.map(targetName)).toEqual(names);
  });

  it("has a reason for each platform without a target", () => {
    const { targets, skipped } = planned(ALL, '{"model":"claude-sonnet-4-6","messages":[]}');

    expect(targets.map(targetName)).toEqual(["anthropic", "vertex/us-east5"]);
    expect(skipped).toEqual({ bedrock: "model_not_on_bedrock" });
  });

  it("asks only Anthropic for an unknown model", () => {
    expect(
      planned({ ...ALL, chain: ["bedrock", "vertex", "anthropic"] }, '{"model":"gpt","messages":[]}'),
    ).toMatchObject({
      targets: [{ kind: "anthropic" }],
      skipped: { vertex: "unknown_model", bedrock: "unknown_model" },
    });
  });

  it("asks Bedrock for a model that the configuration adds", () => {
    const models = { "claude-x": { vertexId: "claude-x", locations: ["us"], bedrockId: "anthropic.claude-x" } };

    expect(planned({ ...ALL, models }, '{"model":"claude-x","messages":[]}').targets.map(targetName)).toEqual([
      "anthropic",
      "bedrock/eu-west-1",
    ]);
  });
});

it("every id of Bedrock is Anthropic's with the provider's name in front, without a date", () => {
  for (const id of ["claude-opus-5", "claude-haiku-4-5-20251001"]) {
    expect(findModel(id, {})?.bedrockId).toBe(`anthropic.${id.replace(/-\d{8}$/, "")}`);
  }
});
