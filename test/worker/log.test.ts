/**
 * Every request writes exactly one log line, however it ends. The line contains no content, and no
 * text that the caller chose.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Sandbox } from "../../local/sandbox/index.ts";
import { NEVER_OPEN, QUESTION } from "../support/sandbox.ts";
import { HostileConnection } from "./hostile-connection.ts";

const CLIENTS = ["app", { name: "batcher", batches: true }, { name: "oncall", operator: true }];
const CHOSEN = "a-text-that-a-caller-chose";

let stack: Sandbox;
let lines: string[];
beforeAll(async () => {
  lines = [];
  stack = await Sandbox.up({
    config: {
      clients: CLIENTS,
      breaker: NEVER_OPEN,
      corsOrigins: ["https://app.example.com"],
      vertexLocations: ["us-east5", "us"],
    },
    onLine: (text) => lines.push(...text.split("\n")),
  });
});
afterAll(() => stack.down());

const requestLines = () => lines.filter((line) => line.includes('"event":"request"'));
const messageLines = () => requestLines().filter((line) => line.includes('"method":"messages"'));

interface Asked {
  method?: string;
  path: string;
  client?: string;
  body?: object;
  headers?: Record<string, string>;
}

async function logged({ method = "GET", path, client = "app", body, headers = {} }: Asked) {
  lines.length = 0;
  const response = await fetch(`${stack.runtime.url}${path}`, {
    method,
    headers: {
      "x-api-key": stack.outputs.clientTokens[client] ?? CHOSEN,
      "anthropic-version": "2023-06-01",
      ...headers,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  await response.text();
  await expect.poll(requestLines).toHaveLength(1);
  return JSON.parse(requestLines()[0] ?? "{}");
}

const message = (more: object = {}) => ({ method: "POST", path: "/v1/messages", body: { ...QUESTION, ...more } });

it.each<[string, Asked, object]>([
  ["a message", message(), { method: "messages", status: 200, target: "anthropic", client: "app" }],
  ["a stream", message({ stream: true }), { method: "messages", status: 200, stream: "complete" }],
  ["a malformed message", message({ max_tokens: 0 }), { method: "messages", status: 400 }],
  ["a body that is not JSON", { method: "POST", path: "/v1/messages" }, { method: "messages", status: 400 }],
  ["an unknown model", message({ model: CHOSEN }), { method: "messages", status: 404, model: "unknown" }],
  ["a new member", message({ [CHOSEN]: 1 }), { method: "messages", skipped: "member" }],
  ["a new beta", { ...message(), headers: { "anthropic-beta": CHOSEN } }, { method: "messages", skipped: "beta" }],
  ["a new thread", message({ thread: { type: CHOSEN } }), { method: "messages", skipped: "thread" }],
  [
    "a drill",
    { ...message(), client: "oncall", headers: { "x-failover-drill": `anthropic,${CHOSEN}` } },
    { method: "messages", status: 200, target: "vertex/us-east5", drilled: "anthropic" },
  ],
  [
    "a request of which Vertex got a part",
    {
      ...message({ service_tier: "auto", [CHOSEN]: null, "a\nb": null }),
      client: "oncall",
      headers: { "x-failover-drill": "anthropic", "anthropic-beta": "effort-2026-01-01" },
    },
    { status: 200, target: "vertex/us-east5", omitted: "service_tier,member,member,beta:effort" },
  ],
  [
    "a request whose thinking is lost",
    {
      ...message({
        model: "claude-sonnet-5-5",
        messages: [
          { role: "user", content: "Hello" },
          {
            role: "assistant",
            content: [
              { type: "thinking", thinking: CHOSEN, signature: "s" },
              { type: "text", text: "Hi" },
            ],
          },
          { role: "user", content: "Hello" },
        ],
      }),
      client: "oncall",
      headers: { "x-failover-drill": "anthropic" },
    },
    { status: 200, target: "vertex/us", lost: "thinking" },
  ],
  ["a wrong token", { ...message(), client: "nobody" }, { method: "messages", status: 401 }],
  ["a count of tokens", { ...message(), path: "/v1/messages/count_tokens" }, { method: "count_tokens", status: 200 }],
  ["the list of models", { path: "/v1/models" }, { method: "models", status: 200, target: "anthropic" }],
  ["a client without the right to use files", { path: "/v1/files" }, { method: "files", status: 403, client: "app" }],
  ["a list of files", { path: "/v1/files", client: "batcher" }, { method: "files", status: 200, client: "batcher" }],
  [
    "the deletion of a file",
    { method: "DELETE", path: `/v1/files/${CHOSEN}`, client: "batcher" },
    { method: "files", http_method: "DELETE", status: 404 },
  ],
  ["a batch", { path: `/v1/messages/batches/${CHOSEN}`, client: "batcher" }, { method: "batches", status: 404 }],
  ["an unknown path", { path: `/v1/${CHOSEN}` }, { method: "none", status: 404 }],
  ["a wrong method", { method: "PUT", path: "/v1/messages", body: {} }, { method: "messages", status: 405 }],
  ["a health check", { path: "/health" }, { method: "health", status: 200 }],
  [
    "a browser's preflight",
    { method: "OPTIONS", path: "/v1/messages", headers: { origin: "https://app.example.com" } },
    { status: 204, http_method: "OPTIONS" },
  ],
])("writes one line for %s", async (_what, asked, expected) => {
  const line = await logged(asked);
  expect(line).toMatchObject({
    request_id: expect.stringMatching(/^req_failover_/),
    ms: expect.any(Number),
    ...expected,
  });
  expect(JSON.stringify(line)).not.toContain(CHOSEN);
});

it.each<[string, (connection: HostileConnection, body: string) => Promise<unknown>, object]>([
  [
    "before its body is complete",
    async (connection, body) => {
      connection.send(body.slice(0, 20));
      // Once this later request has its answer, the Worker has received the first bytes of the
      // body.
      await (await fetch(`${stack.runtime.url}/health`)).text();
    },
    { method: "messages", status: 499 },
  ],
  [
    "in the middle of a stream",
    (connection, body) => connection.send(body).until(/content_block_delta/),
    { method: "messages", status: 200, stream: "client_left" },
  ],
])("writes one line for a caller that leaves %s", async (_when, act, expected) => {
  stack.cloud.context.faults.set("anthropic", { mode: "silent_after_content" });
  lines.length = 0;
  const body = JSON.stringify({ ...QUESTION, stream: true });
  const connection = await HostileConnection.open(stack.runtime.url);
  const token = `x-api-key: ${stack.outputs.clientTokens.app}`;
  await act(connection.head("POST", "/v1/messages", [token, `content-length: ${body.length}`]), body);
  connection.reset();

  await expect.poll(messageLines).toHaveLength(1);
  expect(JSON.parse(messageLines()[0] ?? "{}")).toMatchObject(expected);
  stack.cloud.context.faults.clear();
});
