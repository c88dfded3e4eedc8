import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RequestContext } from "./context.ts";
import type { Routing } from "./options.ts";
import { Uploads } from "./request/uploads.ts";
import { type Call, providerUrl, send, stepsPerCall, universalBody } from "./send.ts";
import type { Step } from "./targets/step.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

const ANTHROPIC_STEP: Step = {
  provider: "anthropic",
  host: "api.anthropic.com",
  endpoint: 'v1/messages?a="b"',
  headers: { "x-api-key": "k", "content-type": "application/json" },
  body: [utf8('{"a":'), utf8('"é"}')],
};
const VERTEX_STEP: Step = {
  provider: "google-vertex-ai",
  host: "aiplatform.us.rep.googleapis.com",
  endpoint: "v1/projects/p",
  headers: { authorization: "Bearer t" },
  body: [utf8("{}")],
};

const GATEWAY_URL = "https://gateway.ai.cloudflare.com/v1/a/g";

function contextOf(routing: Routing, logPayloads = false): RequestContext {
  const settings = { gatewayUrl: GATEWAY_URL, environment: "dev", options: { routing, logPayloads } };
  const context = {
    isolate: { settings },
    secrets: { gatewayToken: "run" },
    client: { name: "ci" },
    record: { request_id: "req_1" },
  };
  return context as unknown as RequestContext;
}

interface Posted {
  url: string;
  init: RequestInit;
  headers: Record<string, string>;
  body: string;
}

let posted: Posted[] = [];
beforeEach(() => {
  posted = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const body = new TextDecoder().decode(init.body as Uint8Array);
    posted.push({ url, init, headers: init.headers as Record<string, string>, body });
    return new Response("{}");
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

async function sent(routing: Routing, steps: readonly Step[], logPayloads = false): Promise<Posted> {
  const call: Call = { targetMs: 1_000, uploads: new Uploads(), signal: new AbortController().signal };
  await send(contextOf(routing, logPayloads), steps, call);
  const [only] = posted;
  if (!only) throw new Error("nothing was sent");
  return only;
}

describe("universalBody", () => {
  it("is an array of steps, each with the bytes of its body as `query`", () => {
    const slices = universalBody([ANTHROPIC_STEP, VERTEX_STEP], 1_000);

    expect(Buffer.concat(slices as Uint8Array[]).toString("utf8")).toBe(
      '[{"provider":"anthropic","endpoint":"v1/messages?a=\\"b\\"",' +
        '"headers":{"x-api-key":"k","content-type":"application/json","cf-aig-request-timeout":"1000"},' +
        '"query":{"a":"é"}},' +
        '{"provider":"google-vertex-ai","endpoint":"v1/projects/p",' +
        '"headers":{"authorization":"Bearer t","cf-aig-request-timeout":"1000"},"query":{}}]',
    );
  });

  it("contains the slices of a step's body without a copy", () => {
    const slices = universalBody([ANTHROPIC_STEP], 1_000);

    expect(ANTHROPIC_STEP.body.every((slice) => slices.includes(slice))).toBe(true);
  });
});

describe("a universal call", () => {
  it("posts all steps to the gateway's address", async () => {
    const { url, init, body } = await sent("universal", [ANTHROPIC_STEP, VERTEX_STEP]);

    expect({ url, method: init.method, redirect: init.redirect }).toEqual({
      url: GATEWAY_URL,
      method: "POST",
      redirect: "manual",
    });
    expect(JSON.parse(body)).toHaveLength(2);
  });

  it("sends the run token, and no provider's credential, in its own headers", async () => {
    const { headers } = await sent("universal", [ANTHROPIC_STEP]);

    expect(headers).toEqual({
      "content-type": "application/json",
      "accept-encoding": "identity",
      "cf-aig-authorization": "Bearer run",
      "cf-aig-skip-cache": "true",
      "cf-aig-collect-log-payload": "false",
      "cf-aig-metadata": '{"client":"ci","environment":"dev","request":"req_1"}',
    });
  });

  it("lets the gateway keep prompts if `logPayloads` is set", async () => {
    expect((await sent("universal", [ANTHROPIC_STEP], true)).headers["cf-aig-collect-log-payload"]).toBe("true");
  });
});

describe("a direct call", () => {
  it("posts the bytes of one step to the gateway's endpoint for its provider", async () => {
    const { url, headers, body } = await sent("direct", [ANTHROPIC_STEP]);

    expect({ url, body }).toEqual({ url: `${GATEWAY_URL}/anthropic/v1/messages?a="b"`, body: '{"a":"é"}' });
    expect(headers).toMatchObject({ "x-api-key": "k", "cf-aig-authorization": "Bearer run" });
  });
});

describe("a call in bypass routing", () => {
  it("posts the bytes of one step to its provider's host, without the gateway's headers", async () => {
    const { url, headers, body } = await sent("bypass", [VERTEX_STEP]);

    expect({ url, headers, body }).toEqual({
      url: "https://aiplatform.us.rep.googleapis.com/v1/projects/p",
      headers: VERTEX_STEP.headers,
      body: "{}",
    });
  });
});

describe("stepsPerCall", () => {
  it.each<[Routing, number, number]>([
    ["universal", 1024, 65_536],
    ["universal", 21 * 1024 * 1024, 3],
    ["universal", 32 * 1024 * 1024, 2],
    ["universal", 33 * 1024 * 1024, 1],
    ["universal", 100 * 1024 * 1024, 1],
    ["universal", 0, 64 * 1024 * 1024],
    ["direct", 1024, 1],
    ["bypass", 1024, 1],
  ])("in %s routing, for a body of %i bytes, is %i", (routing, bytes, steps) => {
    expect(stepsPerCall(routing, bytes)).toBe(steps);
  });
});

it("providerUrl goes through the gateway, except in bypass routing", () => {
  const urls = (["universal", "direct", "bypass"] as const).map((routing) =>
    providerUrl(contextOf(routing).isolate.settings, VERTEX_STEP),
  );

  expect(urls).toEqual([
    `${GATEWAY_URL}/google-vertex-ai/v1/projects/p`,
    `${GATEWAY_URL}/google-vertex-ai/v1/projects/p`,
    "https://aiplatform.us.rep.googleapis.com/v1/projects/p",
  ]);
});
