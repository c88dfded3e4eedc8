/**
 * Runs the request from Cloudflare's blog post of October 22, 2024, word for word, with bash and
 * curl.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { Sandbox } from "../../local/sandbox/index.ts";
import { useSandbox } from "../support/sandbox.ts";

const GCLOUD_DIR = join(import.meta.dirname, "../../local/bin");

const VERTEX_ENDPOINT =
  "v1beta1/projects/your-gcp-project-id/locations/us-east5/publishers/anthropic/" +
  "models/claude-3-5-sonnet-v2@20241022:rawPredict";

const POST = String.raw`curl -v https://gateway.ai.cloudflare.com/v1/{account_id}/{gateway_id} \
--header 'Content-Type: application/json' \
--data "[
{
\"provider\": \"anthropic\",
\"endpoint\": \"v1/messages\",
\"headers\": {
\"x-api-key\": \"\${ANTHROPIC_API_KEY}\",
\"Content-Type\": \"application/json\",
\"anthropic-version\": \"2023-06-01\"
},
\"query\": {
\"model\": \"claude-3-5-sonnet-20241022\",
\"max_tokens\": 1,
\"messages\": [
{
\"role\": \"user\",
\"content\": \"Hello\"
}
]
}
},
{
\"provider\": \"google-vertex-ai\",
\"endpoint\": \"${VERTEX_ENDPOINT}\",
\"headers\": {
\"Authorization\": \"Bearer $(gcloud auth application-default print-access-token)\",
\"Content-Type\": \"application/json\"
},
\"query\": {
\"anthropic_version\": \"vertex-2023-10-16\",
\"max_tokens\": 1,
\"messages\": [
{
\"role\": \"user\",
\"content\": \"Hello\"
}
]
}
}
]"`.replaceAll("\\$", "$");

async function bash(command: string, { cloud, anthropicApiKey, outputs }: Sandbox): Promise<string> {
  const { stdout } = await promisify(execFile)("bash", ["-c", command], {
    env: {
      PATH: `${GCLOUD_DIR}:${process.env.PATH}`,
      LOCAL_CLOUD: cloud.url,
      ANTHROPIC_API_KEY: anthropicApiKey,
      CF_AIG_TOKEN: outputs.gatewayToken,
    },
  });
  return stdout;
}

/** Only the gateway's address changes. */
const posted = (stack: Sandbox) =>
  bash(POST.replace("https://gateway.ai.cloudflare.com", stack.cloud.url), stack).then((text) => JSON.parse(text));

describe("the post's request, on October 22, 2024,", () => {
  const stack = useSandbox({ today: "2024-10-22" });

  it("gets the answer that the post shows from Anthropic", async () => {
    expect(await posted(stack())).toEqual({
      id: expect.stringMatching(/^msg_01[A-Za-z0-9]{22}$/),
      type: "message",
      role: "assistant",
      model: "claude-3-5-sonnet-20241022",
      content: [{ type: "text", text: "Hi" }],
      stop_reason: "max_tokens",
      stop_sequence: null,
      usage: { input_tokens: 8, output_tokens: 1 },
    });
  });

  it("gets the answer that the post shows from Vertex when Anthropic is overloaded", async () => {
    stack().cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    expect(await posted(stack())).toEqual({
      id: expect.stringMatching(/^msg_vrtx_01[A-Za-z0-9]{22}$/),
      type: "message",
      role: "assistant",
      model: "claude-3-5-sonnet-v2-20241022",
      content: [{ type: "text", text: "Hi" }],
      stop_reason: "max_tokens",
      stop_sequence: null,
      usage: { input_tokens: 8, output_tokens: 1 },
    });
  });
});

describe("today", () => {
  const stack = useSandbox();

  it("the post's request gets a 404, because its models are retired", async () => {
    const answer = await posted(stack());
    expect(answer).toMatchObject({ error: { code: 404, status: "NOT_FOUND" } });
    const anthropic = await fetch(`${stack().cloud.url}/v1/account_id/gateway_id`, {
      method: "POST",
      body: JSON.stringify([
        {
          provider: "anthropic",
          endpoint: "v1/messages",
          headers: { "x-api-key": stack().anthropicApiKey, "anthropic-version": "2023-06-01" },
          query: { model: "claude-3-5-sonnet-20241022", max_tokens: 1, messages: [{ role: "user", content: "Hello" }] },
        },
      ]),
    });
    expect(await anthropic.json()).toMatchObject({ error: { message: "model: claude-3-5-sonnet-20241022" } });
  });

  it("the stack's curl command reaches Anthropic, and Vertex when Anthropic is overloaded", async () => {
    const healthy = await bash(stack().curl, stack());
    expect(healthy).toMatch(/^cf-aig-step: 0\r$/m);
    expect(healthy).toMatch(/"id":"msg_(?!vrtx_)/);
    stack().cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const failedOver = await bash(stack().curl, stack());
    expect(failedOver).toMatch(/^cf-aig-step: 1\r$/m);
    expect(failedOver).toMatch(/"id":"msg_vrtx_/);
  });

  it("the stack's curl command names the first location and a model that this location serves", () => {
    expect(stack().curl).toContain("locations/us-east5/publishers/anthropic/models/claude-sonnet-4-6:rawPredict");
  });
});
