import { afterEach, describe, expect, it, vi } from "vitest";
import { readAnthropicHeaders } from "../anthropic-headers.ts";
import type { Settings } from "../bindings.ts";
import type { RequestContext } from "../context.ts";
import { MESSAGES } from "../endpoints.ts";
import { type Failure, ownFailure } from "../errors.ts";
import { interpret } from "../request/body.ts";
import { Uploads } from "../request/uploads.ts";
import { SecretRotation } from "../secrets-in-use.ts";
import { planChain } from "./chain.ts";
import { StepBuilder } from "./step-builder.ts";
import { ANTHROPIC, type Target } from "./target.ts";

const VERTEX: Target = { kind: "vertex", location: "us" };

afterEach(() => {
  vi.unstubAllGlobals();
});

interface Circumstances {
  members?: object;
  headers?: Record<string, string>;
  drilled?: readonly string[];
  previousKey?: string;
  /** The cached Google token, or null if there is none. */
  cachedToken?: string | null;
}

/** @returns a step builder, the Google tokens that it dropped, and its secrets */
function built(circumstances: Circumstances = {}) {
  const { members = {}, headers = {}, drilled = [], previousKey = "k1", cachedToken = "ya29" } = circumstances;
  const dropped: (string | undefined)[] = [];
  const googleToken = {
    cached: () => cachedToken ?? undefined,
    fresh: async () => "ya29",
    drop: (value: string | undefined) => dropped.push(value),
  };
  const settings = {
    anthropicApiKeys: { current: "k2", previous: previousKey },
    gatewayTokens: { current: "g2", previous: "g1" },
    googleProject: "p",
    vertexLocations: ["us"],
    options: { routing: "bypass", models: {}, bedrock: null, chain: ["anthropic", "vertex"] },
  } as unknown as Settings;
  const url = new URL("https://worker.test/v1/messages");
  const request = new Request(url, { headers });
  const secrets = new SecretRotation(settings).forRequest();
  const anthropicHeaders = readAnthropicHeaders(url, request.headers);
  const isolate = { settings, googleToken };
  const context = { request, url, anthropicHeaders, secrets, isolate } as unknown as RequestContext;
  const text = JSON.stringify({ model: "claude-sonnet-4-6", max_tokens: 8, messages: [], ...members });
  const body = interpret(new TextEncoder().encode(text));
  const chain = planChain(MESSAGES, body, anthropicHeaders, settings);
  const uploads = new Uploads();
  const plan = { endpoint: MESSAGES, body, chain, drilled: new Set(drilled), targetMs: 1_000, uploads };
  return { steps: new StepBuilder(plan, context), dropped, secrets };
}

/** @returns what one target receives */
async function sentTo(steps: StepBuilder, target: Target) {
  const sent: { headers: Record<string, string>; body: Record<string, unknown> }[] = [];
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
    const body = JSON.parse(new TextDecoder().decode(init.body as Uint8Array)) as Record<string, unknown>;
    sent.push({ headers: init.headers as Record<string, string>, body });
    return new Response("{}");
  });
  await steps.send([target], new AbortController().signal);
  return sent[0];
}

function providerError(status: number, message: string): Failure {
  const text = JSON.stringify({ type: "error", error: { type: "x", message } });
  return { label: String(status), status, headers: new Headers(), body: { kind: "provider", text } };
}

const REFUSED = "Extra inputs are not permitted";

describe("the repair of the Anthropic step", () => {
  it("switches to the previous key after a 401", async () => {
    const { steps } = built();

    const repairs = steps.repair(ANTHROPIC, providerError(401, "m"));

    expect(repairs).toBe(true);
    expect((await sentTo(steps, ANTHROPIC))?.headers["x-api-key"]).toBe("k1");
  });

  it.each<[string, Circumstances, number]>([
    ["another status", {}, 403],
    ["a 401 if the caller chose the account with a header", { headers: { "anthropic-workspace-id": "w" } }, 401],
    ["a 401 if the caller chose the account with a member", { members: { billing_policy: {} } }, 401],
    ["a 401 of a drill", { drilled: ["anthropic"] }, 401],
  ])("does nothing after %s", (_what, circumstances, status) => {
    const { steps, secrets } = built(circumstances);

    expect(steps.repair(ANTHROPIC, providerError(status, "m"))).toBe(false);
    expect(secrets.anthropicApiKey).toBe("k2");
  });

  it("happens only once", () => {
    const { steps } = built();
    steps.repair(ANTHROPIC, providerError(401, "m"));

    expect(steps.repair(ANTHROPIC, providerError(401, "m"))).toBe(false);
  });
});

describe("the repair of the Vertex step", () => {
  it.each(["metadata", "cache_control"])("leaves out %s if Vertex refuses it, and reports it", async (member) => {
    const { steps } = built({ members: { [member]: {} } });
    steps.hasToken();

    const repairs = steps.repair(VERTEX, providerError(400, `${member}: ${REFUSED}`));

    expect(repairs).toBe(true);
    expect((await sentTo(steps, VERTEX))?.body).not.toHaveProperty(member);
    expect(steps.omitted("vertex")).toEqual([member]);
  });

  it.each([
    ["a member that can change the answer", providerError(400, `thinking: ${REFUSED}`)],
    ["a member that the request does not have", providerError(400, `cache_control: ${REFUSED}`)],
    ["another status", providerError(413, `metadata: ${REFUSED}`)],
    ["a 400 without an envelope", ownFailure("400", 400, `metadata: ${REFUSED}`)],
    ["no message", { ...providerError(400, ""), body: { kind: "provider", text: '{"error":{}}' } } as Failure],
  ])("does nothing after a refusal with %s", (_what, failure) => {
    const { steps } = built({ members: { metadata: {}, thinking: {} } });

    expect(steps.repair(VERTEX, failure)).toBe(false);
    expect(steps.omitted("vertex")).toEqual([]);
  });

  it("does nothing in a drill", () => {
    const { steps, dropped } = built({ drilled: ["vertex/us"] });

    expect(steps.repair(VERTEX, providerError(401, "m"))).toBe(false);
    expect(dropped).toEqual([]);
  });
});

describe("Google's token", () => {
  it.each([
    ["a 401", providerError(401, "m")],
    ["a 401 without an envelope", ownFailure("401", 401, "m")],
    ["a 500 without an envelope, which the gateway sends for a refused token", ownFailure("500", 500, "m")],
  ])("is dropped after %s", (_what, failure) => {
    const { steps, dropped } = built();
    steps.hasToken();

    steps.repair(VERTEX, failure);

    expect(dropped).toEqual(["ya29"]);
  });

  it.each([
    ["a 500 in an envelope", providerError(500, "m")],
    ["a 403", ownFailure("403", 403, "m")],
    ["a 503", ownFailure("503", 529, "m")],
  ])("is kept after %s", (_what, failure) => {
    const { steps, dropped } = built();
    steps.hasToken();

    steps.repair(VERTEX, failure);

    expect(dropped).toEqual([]);
  });

  it("is kept after Anthropic's 401", () => {
    const { steps, dropped } = built();
    steps.hasToken();

    steps.repair(ANTHROPIC, providerError(401, "m"));

    expect(dropped).toEqual([]);
  });

  it.each([
    ["ya29", true],
    [null, false],
  ])("exists if it is cached: %s", (cachedToken, hasToken) => {
    expect(built({ cachedToken }).steps.hasToken()).toBe(hasToken);
  });

  it("is fetched before a Vertex step is built", async () => {
    const { steps } = built();

    await steps.fetchToken(Number.POSITIVE_INFINITY);

    expect((await sentTo(steps, VERTEX))?.headers.authorization).toBe("Bearer ya29");
  });
});

describe("a 400 for an unsupported feature", () => {
  it("from Vertex gives the reason for x-failover-skipped", () => {
    const { steps } = built({ members: { output_config: {} } });

    expect(steps.isUnsupported(VERTEX, providerError(400, `output_config: ${REFUSED}`))).toBe(true);
    expect(steps.skipped()).toBe("member:output_config");
  });

  it("keeps the first reason", () => {
    const { steps } = built({ members: { output_config: {} }, headers: { "anthropic-beta": "context-1m-2025-08-07" } });
    steps.isUnsupported(VERTEX, providerError(400, `output_config: ${REFUSED}`));

    const beta = "Unexpected value(s) `context-1m-2025-08-07` for the `anthropic-beta` header";

    expect(steps.isUnsupported(VERTEX, providerError(400, beta))).toBe(true);
    expect(steps.skipped()).toBe("member:output_config");
  });

  it.each<[string, Target, Failure]>([
    ["a 400 from Anthropic", ANTHROPIC, providerError(400, `output_config: ${REFUSED}`)],
    ["a 400 about something else", VERTEX, providerError(400, "max_tokens: Field required")],
    ["another status", VERTEX, providerError(413, `output_config: ${REFUSED}`)],
  ])("is not %s", (_what, target, failure) => {
    const { steps } = built({ members: { output_config: {} } });

    expect(steps.isUnsupported(target, failure)).toBe(false);
    expect(steps.skipped()).toBeUndefined();
  });
});

describe("a drilled step", () => {
  it("has a credential that the provider refuses, and other steps do not", async () => {
    const { steps } = built({ drilled: ["anthropic"] });
    steps.hasToken();

    expect((await sentTo(steps, ANTHROPIC))?.headers["x-api-key"]).toBe("drill-refused-credential");
    expect((await sentTo(steps, VERTEX))?.headers.authorization).toBe("Bearer ya29");
  });
});

it.each<[string, Circumstances]>([
  ["there is no token", { cachedToken: null }],
  ["the model is unknown", { members: { model: "gpt" } }],
  ["Vertex does not support the request", { members: { mcp_servers: [] } }],
])("no Vertex step is built if %s", async (_what, circumstances) => {
  const { steps } = built(circumstances);
  steps.hasToken();

  await expect(sentTo(steps, VERTEX)).rejects.toThrow(/step.* needs a /);
});

it("nothing is left out if there is no Vertex step", () => {
  expect(built({ members: { mcp_servers: [] } }).steps.omitted("vertex")).toEqual([]);
});

it("the other run token is tried only once", () => {
  const { steps } = built();

  expect([steps.otherRunToken(), steps.otherRunToken()]).toEqual([true, false]);
});
