import { beforeAll, describe, expect, it } from "vitest";
import { callHost, QUESTION, useCloud } from "../testing/cloud.ts";

const cloud = useCloud();
const KEY = "ABSKtest0123456789";
const KEY_WITHOUT_PERMISSION = "ABSKtest9876543210";
const MODEL = "anthropic.claude-opus-5-5";

interface BedrockCall {
  region?: string;
  method?: string;
  path?: string;
  body?: object;
  headers?: Record<string, string>;
}

async function call({ region = "us-east-1", method, path = "/anthropic/v1/messages", body, headers }: BedrockCall) {
  const answer = await callHost(cloud(), {
    host: `bedrock-mantle.${region}.api.aws`,
    path,
    headers: { authorization: `Bearer ${KEY}`, "anthropic-version": "2023-06-01", ...headers },
    ...(method === "GET" ? { method } : { body: JSON.stringify({ ...QUESTION, model: MODEL, ...body }) }),
  });
  return { status: answer.status, headers: answer.headers, value: JSON.parse(answer.text) };
}

beforeAll(() => {
  const { bedrockApiKeys } = cloud().cloud.context.state;
  bedrockApiKeys.set(KEY, { mayInfer: true });
  bedrockApiKeys.set(KEY_WITHOUT_PERMISSION, { mayInfer: false });
});

describe("Claude on Bedrock answers", () => {
  it("with ids that say who answered", async () => {
    const { status, headers, value } = await call({});

    expect(status).toBe(200);
    expect(value.id).toMatch(/^msg_bdrk_/);
    expect(headers["request-id"]).toMatch(/^req_bdrk_/);
  });

  it("a key in either header", async () => {
    expect(await call({ headers: { authorization: "", "x-api-key": KEY } })).toMatchObject({ status: 200 });
  });

  it("a count of tokens", async () => {
    const { status, value } = await call({ path: "/anthropic/v1/messages/count_tokens" });

    expect({ status, value }).toEqual({ status: 200, value: { input_tokens: 8 } });
  });

  it("the list of its models", async () => {
    const { value } = await call({ method: "GET", path: "/v1/models" });

    expect(value.data).toContainEqual({ id: MODEL, object: "model" });
  });
});

describe("Claude on Bedrock refuses", () => {
  const SCHEMA = { output_config: { format: { type: "json_schema", schema: {} } } };
  const TOOL = { name: "t", input_schema: { type: "object" } };

  it.each<[string, BedrockCall, number, RegExp]>([
    ["an unknown key", { headers: { authorization: "Bearer ABSKother" } }, 401, /Invalid bearer token/],
    [
      "a key without the permission",
      { headers: { authorization: `Bearer ${KEY_WITHOUT_PERMISSION}` } },
      403,
      /bedrock-mantle:CreateInference/,
    ],
    ["another path", { path: "/anthropic/v1/messages/batches" }, 404, /./],
    ["Anthropic's own id of a model", { body: { model: "claude-opus-5-5" } }, 404, /claude-opus-5-5/],
    ["no version", { headers: { "anthropic-version": "" } }, 400, /anthropic-version/],
    [
      "the newer version for an older model",
      { headers: { "anthropic-version": "2026-10-21" }, body: { model: "anthropic.claude-haiku-4-5" } },
      400,
      /anthropic-version/,
    ],
    ["an unknown beta", { headers: { "anthropic-beta": "mcp-client-2025-11-20" } }, 400, /mcp-client/],
    ["the version of other platforms", { body: { anthropic_version: "x" } }, 400, /anthropic_version/],
    ["structured outputs", { body: SCHEMA }, 400, /output_config\.format/],
    ["a strict tool", { body: { tools: [{ ...TOOL, strict: true }] } }, 400, /strict/],
    ["a server's tool", { body: { tools: [{ type: "web_search_20250305", name: "web_search" }] } }, 400, /web_search/],
  ])("%s", async (_what, refused, status, text) => {
    const answer = await call(refused);

    expect(answer.status).toBe(status);
    expect(answer.value).toMatchObject({ type: "error", error: { message: expect.stringMatching(text) } });
  });

  it("with an error in the form of AWS if a fault asks for it", async () => {
    cloud().cloud.context.faults.set("bedrock/us-east-1", { mode: "status", status: 429, shape: "aws" });

    const { status, headers, value } = await call({});

    expect(status).toBe(429);
    expect(headers["x-amzn-errortype"]).toBe("ThrottlingException");
    expect(value).toEqual({ message: expect.any(String) });
  });
});
