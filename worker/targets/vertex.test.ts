/**
 * Compares the Worker's step with Anthropic's SDK for Vertex. For every request that the SDK
 * supports, both must send the same.
 */
import { AnthropicVertex } from "@anthropic-ai/vertex-sdk";
import { describe, expect, it } from "vitest";
import { COUNT_TOKENS, type Endpoint, MESSAGES } from "../endpoints.ts";
import { findModel } from "../models.ts";
import { interpret } from "../request/body.ts";
import { fitFor } from "./fit.ts";
import type { Step } from "./step.ts";
import { vertexStep } from "./vertex.ts";
import { VERTEX } from "./vertex-capabilities.ts";

interface Sent {
  url: string;
  headers: Headers;
  body: unknown;
}

async function sentBySdk(
  location: string,
  params: Record<string, unknown>,
  endpoint: Endpoint,
  headers: Record<string, string> = {},
): Promise<Sent> {
  let sent: Sent | undefined;
  const client = new AnthropicVertex({
    projectId: "p",
    region: location,
    authClient: { getRequestHeaders: async () => new Headers({ authorization: "Bearer ya29.test" }) },
    maxRetries: 0,
    fetch: async (url: string | URL | Request, init?: RequestInit) => {
      sent = { url: String(url), headers: new Headers(init?.headers), body: JSON.parse(String(init?.body)) };
      return new Response("{}", { headers: { "content-type": "application/json" } });
    },
  } as never);
  const send = (endpoint === MESSAGES ? client.messages.create : client.messages.countTokens).bind(client.messages);
  await send(params as never, { headers }).then(
    () => undefined,
    () => undefined,
  );
  if (!sent) throw new Error("the SDK sent nothing");
  return sent;
}

function ourStep(
  location: string,
  params: Record<string, unknown>,
  endpoint: Endpoint,
  { version = "2026-10-21", betas = [] as string[] } = {},
): Step {
  const model = findModel(String(params.model), {});
  if (!model) throw new Error(`${params.model} is not in the table`);
  const body = interpret(new TextEncoder().encode(JSON.stringify(params)));
  const fit = fitFor(VERTEX, body, version, betas, endpoint);
  if (!fit.ok) throw new Error(fit.reason);
  return vertexStep(location, { endpoint, body, model, form: fit.form, project: "p", accessToken: "ya29.test" });
}

function bodyOf({ body }: Step): Record<string, unknown> {
  return JSON.parse(Buffer.concat(body as Uint8Array[]).toString("utf8"));
}

const QUESTION = { model: "claude-sonnet-4-6", max_tokens: 8, messages: [{ role: "user", content: "Hello" }] };

describe("the Vertex step equals the SDK's request", () => {
  it.each<[string, string, Record<string, unknown>]>([
    ["in a region", "us-east5", QUESTION],
    ["in a multi-region", "us", QUESTION],
    ["in the other multi-region", "eu", QUESTION],
    ["in the global location", "global", QUESTION],
    ["for a stream", "us-east5", { ...QUESTION, stream: true }],
    ["with a model id that has a date", "us-east5", { ...QUESTION, model: "claude-sonnet-4-5-20250929" }],
    [
      "with all members that both accept",
      "us-east5",
      {
        ...QUESTION,
        system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
        tools: [{ name: "t", description: "d", input_schema: { type: "object", properties: {} } }],
        tool_choice: { type: "auto" },
        thinking: { type: "adaptive" },
        output_config: { effort: "low" },
        stop_sequences: ["x"],
        metadata: { user_id: "u" },
        cache_control: { type: "ephemeral" },
      },
    ],
  ])("%s", async (_what, location, params) => {
    const model = findModel(String(params.model), {});
    const sdk = await sentBySdk(location, { ...params, model: model?.vertexId }, MESSAGES);
    const step = ourStep(location, params, MESSAGES);
    expect(decodeURIComponent(`https://${step.host}/${step.endpoint}`)).toBe(decodeURIComponent(sdk.url));
    expect(step.headers.authorization).toBe(sdk.headers.get("authorization"));
    expect(bodyOf(step)).toEqual(sdk.body);
  });

  it("with a beta in the header", async () => {
    const beta = "context-1m-2025-08-07";
    const sdk = await sentBySdk("us-east5", QUESTION, MESSAGES, { "anthropic-beta": beta });
    expect(ourStep("us-east5", QUESTION, MESSAGES, { betas: [beta] }).headers["anthropic-beta"]).toBe(
      sdk.headers.get("anthropic-beta"),
    );
  });

  it("for a token count, with the model in the body", async () => {
    const { max_tokens: _, ...params } = QUESTION;
    const sdk = await sentBySdk("us-east5", params, COUNT_TOKENS);
    const step = ourStep("us-east5", params, COUNT_TOKENS);
    expect(`https://${step.host}/${step.endpoint}`).toBe(sdk.url);
    expect(bodyOf(step)).toEqual(sdk.body);
  });

  it("except for the older API version, which has another name on Vertex", () => {
    expect(bodyOf(ourStep("us-east5", QUESTION, MESSAGES, { version: "2023-06-01" })).anthropic_version).toBe(
      "vertex-2023-10-16",
    );
  });
});

describe("the Vertex step", () => {
  const bodyText = (text: string, endpoint = MESSAGES, version = "2023-06-01") => {
    const body = interpret(new TextEncoder().encode(text));
    const fit = fitFor(VERTEX, body, version, [], endpoint);
    const model = findModel(body.model, {});
    if (!fit.ok || !model) throw new Error("no Vertex step");
    const call = { endpoint, body, model, form: fit.form, project: "p", accessToken: "t" };
    return Buffer.concat(vertexStep("us", call).body as Uint8Array[]).toString("utf8");
  };

  it("has the caller's bytes without the model, which moves into the path", () => {
    expect(bodyText('{ "max_tokens":8 , "model":"claude-sonnet-4-6", "messages" : [ "\\u00e9" ] }')).toBe(
      '{"anthropic_version":"vertex-2023-10-16","max_tokens":8,"messages" : [ "\\u00e9" ]}',
    );
  });

  it("has the model's Vertex id if the model stays in the body", () => {
    expect(bodyText('{"model":"claude-sonnet-4-5","messages":[]}', COUNT_TOKENS)).toBe(
      '{"anthropic_version":"vertex-2023-10-16","model":"claude-sonnet-4-5@20250929","messages":[]}',
    );
  });

  it("keeps the anthropic_version of the body", () => {
    expect(bodyText('{"model":"claude-sonnet-4-6","anthropic_version":"v","messages":[]}')).toBe(
      '{"anthropic_version":"v","messages":[]}',
    );
  });

  it("leaves out members that Vertex refuses", () => {
    expect(bodyText('{"service_tier":"auto","model":"claude-sonnet-4-6","messages":[],"speed":"fast"}')).toBe(
      '{"anthropic_version":"vertex-2023-10-16","messages":[]}',
    );
  });

  it("leaves out every scope in a cache_control, and nothing else", () => {
    const control = (scope: string) => `{"type":"ephemeral"${scope}}`;
    const text = (scope: string, model: string) => {
      const cached = `{"cache_control":${control(scope)}}`;
      return `{"system":[${cached},{"text":"scope"}],${model}"tools":[${cached}]}`;
    };

    expect(bodyText(text(',"scope":"global"', '"model":"claude-sonnet-4-6",'))).toBe(
      text("", "").replace("{", '{"anthropic_version":"vertex-2023-10-16",'),
    );
  });

  it("has the gateway's name for the provider", () => {
    expect(ourStep("us", QUESTION, MESSAGES).provider).toBe("google-vertex-ai");
  });

  it("has our token, and only the betas of the caller's headers", () => {
    const betas = ["context-1m-2025-08-07", "web-search-2025-03-05"];

    expect(ourStep("us", QUESTION, MESSAGES, { betas }).headers).toEqual({
      authorization: "Bearer ya29.test",
      "content-type": "application/json",
      "accept-encoding": "identity",
      "anthropic-beta": "context-1m-2025-08-07,web-search-2025-03-05",
    });
  });

  it("has no beta header without betas", () => {
    expect(ourStep("us", QUESTION, MESSAGES).headers).not.toHaveProperty("anthropic-beta");
  });
});
