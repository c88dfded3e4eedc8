/**
 * Requests that are unusual, too large, or possible only at Anthropic, and the answers that a
 * client gets.
 */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { clientToken, NEVER_OPEN, post, QUESTION, useSandbox } from "../support/sandbox.ts";

const TIMEOUTS = { firstByteMs: 400, firstEventMs: 800, jsonMs: 400, chainMs: 5_000 };
const OVERLOADED = { mode: "status", status: 529 } as const;
const question = (more: object = {}) => JSON.stringify({ ...QUESTION, ...more });

async function error(response: Response): Promise<{ type: string; message: string; details?: unknown }> {
  return ((await response.json()) as { error: { type: string; message: string } }).error;
}

describe("the Worker", () => {
  const stack = useSandbox({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS } });

  it("returns 401 with x-should-retry: false for a wrong token", async () => {
    const response = await post(stack(), question(), { "x-api-key": "wrong" });
    expect(response.status).toBe(401);
    expect(response.headers.get("x-should-retry")).toBe("false");
  });

  it("returns 415 for a compressed body", async () => {
    const response = await post(stack(), new Uint8Array(gzipSync(question())), { "content-encoding": "gzip" });
    expect(response.status).toBe(415);
    expect(await error(response)).toMatchObject({ message: expect.stringContaining("send it uncompressed") });
  });

  it.each(["true", 1, [], {}])("returns 400 if `stream` is %j", async (stream) => {
    const response = await post(stack(), question({ stream }));
    expect(response.status).toBe(400);
    expect(await error(response)).toEqual({
      type: "invalid_request_error",
      message: "stream: Input should be a valid boolean",
    });
  });

  it.each([
    ["anthropic-* headers of 30 KB", {}, { "anthropic-beta": "b,".repeat(7_000) }, 431],
    ["101 members", Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`m${i}`, 1])), {}, 400],
    ["a member name of 300 bytes", { ["n".repeat(300)]: 1 }, {}, 400],
  ])("refuses %s", async (_what, more, headers, status) => {
    expect((await post(stack(), question(more), headers)).status).toBe(status);
  });

  it("returns 414 for a query string of 10 KB", async () => {
    const response = await fetch(`${stack().runtime.url}/v1/messages?${"q".repeat(10_000)}`, {
      method: "POST",
      headers: { "x-api-key": clientToken(stack()) },
      body: question(),
    });
    expect(response.status).toBe(414);
  });

  it.each(["/v1/chat/completions", "/chat/completions", "/v1/responses"])(
    "returns 404 with a hint for the paths of OpenAI's API: %s",
    async (path) => {
      const response = await fetch(`${stack().runtime.url}${path}`, { method: "POST", body: "{}" });
      expect(response.status).toBe(404);
      expect((await error(response)).message).toContain("This is an Anthropic-compatible API");
    },
  );
});

describe("a client with its own rate limit", () => {
  const clients = [{ name: "ci", requestsPerMinute: 3 }, "web"];
  const stack = useSandbox({ config: { clients, breaker: NEVER_OPEN } }, { cold: true });

  it("gets 429 with retry-after above the limit, and other clients do not", async () => {
    const as = (client: string) =>
      post(stack(), question(), { "x-api-key": stack().outputs.clientTokens[client] ?? "" });
    const responses = await Promise.all(Array.from({ length: 12 }, () => as("ci")));

    const refused = responses.filter(({ status }) => status === 429);
    // If a new minute begins in between, three more requests succeed.
    expect(refused.length).toBeGreaterThanOrEqual(6);
    for (const response of refused) {
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await error(response)).toMatchObject({ type: "rate_limit_error" });
    }
    expect((await as("web")).status).toBe(200);
  });
});

describe("when Vertex cannot serve a request and Anthropic fails", () => {
  const stack = useSandbox({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS } });
  const ask = (more: object, headers: Record<string, string> = {}) => {
    stack().cloud.context.faults.set("anthropic", OVERLOADED);
    return post(stack(), question(more), headers);
  };

  it.each<[string, object, Record<string, string>]>([
    ["member:mcp_servers", { mcp_servers: [] }, {}],
    ["member:output_format", { output_format: { type: "json_schema" } }, {}],
    ["member:nobody_knows", { nobody_knows: 1 }, {}],
    ["member:constructor", { constructor: 1 }, {}],
    ["member", { "a name\nof no header": 1 }, {}],
    ["member:context_management", { context_management: { edits: [] } }, {}],
    ["beta:nobody-knows-2026-01-01", {}, { "anthropic-beta": "nobody-knows-2026-01-01" }],
    ["beta:tostring", {}, { "anthropic-beta": "tostring" }],
    ["version", {}, { "anthropic-version": "constructor" }],
    ["source:url", { messages: [imageFrom({ type: "url", url: "https://example.com/i.png" })] }, {}],
  ])("the answer says why: %s", async (reason, more, headers) => {
    const response = await ask(more, headers);
    expect(response.status).toBe(529);
    expect(response.headers.get("x-failover-skipped")).toBe(reason);
    expect((await error(response)).message).toBe(`Overloaded (Not sent to Vertex: ${reason}.)`);
  });

  it("the continuation of a thread gets thread_not_found, so that the SDK sends it whole", async () => {
    const response = await ask({ thread: { type: "continue", previous_message_id: "msg_1" } });
    expect(response.status).toBe(404);
    expect(await error(response)).toMatchObject({
      type: "not_found_error",
      details: { error_code: "thread_not_found" },
    });
  });
});

describe("Vertex serves, and the answer lists what was left out, for", () => {
  const stack = useSandbox({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS } });
  const SCOPED = { type: "ephemeral", scope: "global" };
  const CACHED = [{ type: "text", text: "Be brief.", cache_control: SCOPED }];

  it.each<[string, object, Record<string, string>, string | null]>([
    ["a new thread", { thread: { type: "create" } }, {}, "thread"],
    ["a member that is null", { container: null }, {}, "container"],
    ["a cache scope", { system: CACHED, cache_control: SCOPED }, {}, "cache_control.scope"],
    [
      "context management with only a compaction beta",
      { context_management: { edits: [] } },
      { "anthropic-beta": "compact-2026-01-12" },
      null,
    ],
    [
      "a request of Claude Code",
      {
        thinking: { type: "adaptive", display: "omitted" },
        context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
        output_config: { effort: "high" },
      },
      {
        "anthropic-beta":
          "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27," +
          "thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20,effort-2025-11-24",
      },
      "beta:claude-code-20250219,beta:thinking-token-count-2026-05-13,beta:effort-2025-11-24",
    ],
  ])("%s", async (_what, more, headers, omitted) => {
    stack().cloud.context.faults.set("anthropic", OVERLOADED);
    const response = await post(stack(), question(more), headers);
    expect(response.headers.get("x-failover-target")).toBe("vertex/us-east5");
    expect(response.headers.get("x-failover-omitted")).toBe(omitted);
  });
});

describe("a count of tokens", () => {
  const locations = ["us-east5", "us"];
  const stack = useSandbox({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS, vertexLocations: locations } });

  it("goes to a location that can count, even if that location does not serve the model", async () => {
    stack().cloud.context.faults.set("anthropic", OVERLOADED);
    const response = await fetch(`${stack().runtime.url}/v1/messages/count_tokens`, {
      method: "POST",
      headers: { "x-api-key": clientToken(stack()), "anthropic-version": "2023-06-01" },
      body: JSON.stringify({ model: "claude-opus-5-5", messages: QUESTION.messages }),
    });
    expect(response.headers.get("x-failover-target")).toBe("vertex/us-east5");
  });
});

describe("a conversation with thinking that only Anthropic can verify", () => {
  const stack = useSandbox({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS, vertexLocations: ["us"] } });
  const thinking = { type: "thinking", thinking: "…", signature: "s" };
  const messages = [...QUESTION.messages, { role: "assistant", content: [thinking] }, ...QUESTION.messages];

  it.each([
    ["loses its thinking on Vertex, and the answer says so", "claude-sonnet-5-5", messages, "thinking"],
    ["loses nothing if it has no thinking blocks", "claude-sonnet-5-5", QUESTION.messages, null],
    ["loses nothing with a model whose thinking is portable", "claude-opus-5-5", messages, null],
  ])("%s", async (_what, model, sent, lost) => {
    stack().cloud.context.faults.set("anthropic", OVERLOADED);
    const response = await post(stack(), question({ model, messages: sent }));
    expect(response.headers.get("x-failover-target")).toBe("vertex/us");
    expect(response.headers.get("x-failover-lost")).toBe(lost);
  });
});

function imageFrom(source: object) {
  return { role: "user", content: [{ type: "image", source }] };
}
