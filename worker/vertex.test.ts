/** The oracle is Anthropic's own SDK for Vertex: for a request that it can express, the Worker's step is what it sends. */
import { AnthropicVertex } from "@anthropic-ai/vertex-sdk";
import { describe, expect, it } from "vitest";
import { COUNT_TOKENS, MESSAGES, type Method } from "./methods.ts";
import { findModel } from "./models.ts";
import { interpret } from "./request-body.ts";
import type { Step } from "./step.ts";
import { vertexStep } from "./vertex.ts";
import { adaptForVertex, unservable } from "./vertex-capabilities.ts";
import { learn, learnedFor } from "./vertex-repair.ts";

interface Sent {
  url: string;
  headers: Headers;
  body: unknown;
}

async function sentBySdk(
  location: string,
  params: Record<string, unknown>,
  method: Method,
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
  const send = (method === MESSAGES ? client.messages.create : client.messages.countTokens).bind(client.messages);
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
  method: Method,
  { version = "2026-10-21", betas = [] as string[] } = {},
): Step {
  const model = findModel(String(params.model), {});
  if (!model) throw new Error(`${params.model} is not in the table`);
  const body = interpret(new TextEncoder().encode(JSON.stringify(params)));
  return vertexStep(location, {
    method,
    body,
    version,
    model,
    adaptation: adaptForVertex(body, betas, method, new Set()),
    project: "p",
    accessToken: "ya29.test",
  });
}

function bodyOf({ body }: Step): Record<string, unknown> {
  return JSON.parse(Buffer.concat(body as Uint8Array[]).toString("utf8"));
}

const QUESTION = { model: "claude-sonnet-4-6", max_tokens: 8, messages: [{ role: "user", content: "Hello" }] };

describe("the Vertex step is what @anthropic-ai/vertex-sdk sends", () => {
  it.each<[string, string, Record<string, unknown>]>([
    ["in a region", "us-east5", QUESTION],
    ["in a multi-region", "us", QUESTION],
    ["globally", "global", QUESTION],
    ["streamed", "us-east5", { ...QUESTION, stream: true }],
    ["with a dated model", "us-east5", { ...QUESTION, model: "claude-sonnet-4-5-20250929" }],
    [
      "with everything that both take",
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

  it("with a beta, as a header", async () => {
    const beta = "context-1m-2025-08-07";
    const sdk = await sentBySdk("us-east5", QUESTION, MESSAGES, { "anthropic-beta": beta });
    expect(ourStep("us-east5", QUESTION, MESSAGES, { betas: [beta] }).headers["anthropic-beta"]).toBe(
      sdk.headers.get("anthropic-beta"),
    );
  });

  it("to count tokens: the model stays in the body", async () => {
    const { max_tokens: _, ...params } = QUESTION;
    const sdk = await sentBySdk("us-east5", params, COUNT_TOKENS);
    const step = ourStep("us-east5", params, COUNT_TOKENS);
    expect(`https://${step.host}/${step.endpoint}`).toBe(sdk.url);
    expect(bodyOf(step)).toEqual(sdk.body);
  });

  it("but for the older API version, which Vertex calls by a name of its own", () => {
    expect(bodyOf(ourStep("us-east5", QUESTION, MESSAGES, { version: "2023-06-01" })).anthropic_version).toBe(
      "vertex-2023-10-16",
    );
  });
});

describe("what Vertex refuses", () => {
  const adapt = (more: object, betas: string[] = [], method = MESSAGES) =>
    adaptForVertex(
      interpret(new TextEncoder().encode(JSON.stringify({ ...QUESTION, ...more }))),
      betas,
      method,
      new Set(),
    );

  it.each([
    "service_tier",
    "speed",
    "diagnostics",
    "billing_policy",
    "fallback_credit_token",
    "user_profile_id",
    "workspace_id",
  ])("is left out where it changes nothing: %s", (member) => {
    expect(adapt({ [member]: "x" })).toMatchObject({ report: [member], omittedMembers: new Set([member]) });
  });

  it("travels in pairs: a member goes with its beta", () => {
    const member = { context_management: {} };
    expect(adapt(member).report).toEqual(["context_management"]);
    expect(adapt(member, ["context-management-2025-06-27"])).toMatchObject({
      report: [],
      betas: ["context-management-2025-06-27"],
    });
  });

  it("has fewer betas and members where tokens are counted", () => {
    expect(adapt({}, ["web-search-2025-03-05"]).report).toEqual([]);
    const counted = adapt({ stream: true }, ["web-search-2025-03-05"], COUNT_TOKENS);
    expect(counted.report).toEqual(["max_tokens", "stream", "beta:web-search-2025-03-05"]);
  });

  it("is called by its name there", () => {
    expect(adapt({}, ["advanced-tool-use-2025-11-20", "tool-search-tool-2025-10-19"]).betas).toEqual([
      "tool-search-tool-2025-10-19",
    ]);
  });

  it.each<[string, object]>([
    ["member:mcp_servers", { mcp_servers: [] }],
    ["member:container", { container: "c" }],
    ["member:fallbacks", { fallbacks: [] }],
    ["member:thread", { thread: {} }],
    ["member:inference_geo", { inference_geo: "us" }],
    ["source:url", message({ type: "image", source: { type: "url", url: "https://x" } })],
    ["source:file", message({ type: "document", source: { type: "file", file_id: "f" } })],
    ["source:url", message({ type: "tool_result", content: [{ type: "image", source: { type: "url" } }] })],
    [
      "source:url",
      message({ type: "document", source: { type: "content", content: [{ type: "image", source: { type: "url" } }] } }),
    ],
    ["tool:web_fetch_20250910", { tools: [{ type: "web_fetch_20250910", name: "web_fetch" }] }],
    ["tool:code_execution_20250825", { tools: [{ name: "x", input_schema: {} }, { type: "code_execution_20250825" }] }],
    ["tool:mcp_toolset", { tools: [{ type: "mcp_toolset" }] }],
    ["block:mcp_tool_use", message({ type: "mcp_tool_use" })],
    ["block:bash_code_execution_tool_result", message({ type: "bash_code_execution_tool_result" })],
    ["block:container_upload", message({ type: "container_upload" })],
  ])("removes the Vertex steps where the answer would be another: %s", (reason, more) => {
    expect(unservable(interpret(new TextEncoder().encode(JSON.stringify({ ...QUESTION, ...more }))))).toBe(reason);
  });

  it.each<[string, object]>([
    ["a tool's input", message({ type: "tool_use", input: { type: "url", source: { type: "file" } } })],
    [
      "a tool's schema",
      { tools: [{ name: "t", input_schema: { type: "object", properties: { source: { type: "url" } } } }] },
    ],
    ["a text", message({ type: "text", text: '"source":{"type":"url"}' })],
    ["a base64 source", message({ type: "image", source: { type: "base64", data: "x" } })],
    ["web search, which Vertex has", { tools: [{ type: "web_search_20250305" }] }],
    ["a member of another place", { metadata: { source: { type: "url" } } }],
  ])("is not mistaken for what only looks like it: %s", (_what, more) => {
    expect(unservable(interpret(new TextEncoder().encode(JSON.stringify({ ...QUESTION, ...more }))))).toBeUndefined();
  });

  it("is found behind escapes", () => {
    const text = `{"model":"m","messages":[{"c\\u006fntent":[{"s\\u006furce":{"t\\u0079pe":"u\\u0072l"}}]}]}`;
    expect(unservable(interpret(new TextEncoder().encode(text)))).toBe("source:url");
  });
});

function message(block: object) {
  return { messages: [{ role: "user", content: [{ type: "text", text: "x" }, block] }] };
}

describe("what Vertex teaches by its own 400s", () => {
  const error = (message: string) =>
    JSON.stringify({ type: "error", error: { type: "invalid_request_error", message } });

  it.each([
    ["Unexpected value(s) `a-1` for the `anthropic-beta` header", ["beta:a-1"]],
    ["Unexpected value(s) `b-1`, `b-2` for the `anthropic-beta` header", ["beta:b-1", "beta:b-2"]],
    ["output_config: Extra inputs are not permitted", ["output_config"]],
  ])("is left out for that model and method from then on: %s", (message, names) => {
    expect(learn(error(message), `model of ${message}`, MESSAGES)).toBe(true);
    expect([...learnedFor(`model of ${message}`, MESSAGES)]).toEqual(names);
    expect([...learnedFor(`model of ${message}`, COUNT_TOKENS)]).toEqual([]);
    expect([...learnedFor("another model", MESSAGES)]).toEqual([]);
  });

  it("is tried once: the same refusal teaches nothing new", () => {
    expect(learn(error("speedy: Extra inputs are not permitted"), "once", MESSAGES)).toBe(true);
    expect(learn(error("speedy: Extra inputs are not permitted"), "once", MESSAGES)).toBe(false);
  });

  it.each([
    "messages: Extra inputs are not permitted",
    "tools: Extra inputs are not permitted",
    "messages.0.content.1.cache_control.scope: Extra inputs are not permitted",
    "max_tokens: Field required",
    "not even an error",
  ])("is never something without which it is another request: %s", (message) => {
    expect(learn(error(message), "never", MESSAGES)).toBe(false);
  });
});
