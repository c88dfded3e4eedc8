/**
 * What becomes of requests that are odd, too large, or cannot be served everywhere, as a client
 * sees it.
 */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { clientToken, NEVER_OPEN, post, QUESTION, useStack } from "../support/local-stack.ts";

const TIMEOUTS = { firstByteMs: 400, firstEventMs: 800, jsonMs: 400, chainMs: 5_000 };
const OVERLOADED = { mode: "status", status: 529 } as const;
const question = (more: object = {}) => JSON.stringify({ ...QUESTION, ...more });

async function error(response: Response): Promise<{ type: string; message: string; details?: unknown }> {
  return ((await response.json()) as { error: { type: string; message: string } }).error;
}

describe("a request", () => {
  const stack = useStack({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS } });

  it("with a wrong token is told not to try again", async () => {
    const response = await post(stack(), question(), { "x-api-key": "wrong" });
    expect(response.status).toBe(401);
    expect(response.headers.get("x-should-retry")).toBe("false");
  });

  it("whose body is compressed is refused as that", async () => {
    const response = await post(stack(), new Uint8Array(gzipSync(question())), { "content-encoding": "gzip" });
    expect(response.status).toBe(415);
    expect(await error(response)).toMatchObject({ message: expect.stringContaining("send it uncompressed") });
  });

  it.each(["true", 1, [], {}])("whose stream is %j is the caller's error", async (stream) => {
    const response = await post(stack(), question({ stream }));
    expect(response.status).toBe(400);
    expect(await error(response)).toEqual({
      type: "invalid_request_error",
      message: "stream: Input should be a valid boolean",
    });
  });

  it.each([
    ["anthropic-* headers of 30 KB", {}, { "anthropic-beta": "b,".repeat(7_000) }, 431],
    ["more than 100 members", Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`m${i}`, 1])), {}, 400],
    ["a member whose name has 300 bytes", { ["n".repeat(300)]: 1 }, {}, 400],
  ])("with %s is refused", async (_what, more, headers, status) => {
    expect((await post(stack(), question(more), headers)).status).toBe(status);
  });

  it("with a query string of 10 KB is refused", async () => {
    const response = await fetch(`${stack().runtime.url}/v1/messages?${"q".repeat(10_000)}`, {
      method: "POST",
      headers: { "x-api-key": clientToken(stack()) },
      body: question(),
    });
    expect(response.status).toBe(414);
  });

  it.each(["/v1/chat/completions", "/chat/completions", "/v1/responses"])(
    "of an OpenAI client is told what this API is (%s)",
    async (path) => {
      const response = await fetch(`${stack().runtime.url}${path}`, { method: "POST", body: "{}" });
      expect(response.status).toBe(404);
      expect((await error(response)).message).toContain("This is an Anthropic-compatible API");
    },
  );
});

describe("a client with a rate of its own", () => {
  const clients = [{ name: "ci", requestsPerMinute: 3 }, "web"];
  const stack = useStack({ config: { clients, breaker: NEVER_OPEN } }, { cold: true });

  it("is answered 429 with retry-after above it, and no other client is", async () => {
    const as = (client: string) =>
      post(stack(), question(), { "x-api-key": stack().outputs.clientTokens[client] ?? "" });
    const responses = await Promise.all(Array.from({ length: 12 }, () => as("ci")));

    const refused = responses.filter(({ status }) => status === 429);
    // The counter may begin anew in between.
    expect(refused.length).toBeGreaterThanOrEqual(6);
    for (const response of refused) {
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await error(response)).toMatchObject({ type: "rate_limit_error" });
    }
    expect((await as("web")).status).toBe(200);
  });
});

describe("where Vertex cannot serve a request and Anthropic fails", () => {
  const stack = useStack({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS } });
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
    ["source:url", { messages: [imageBy({ type: "url", url: "https://example.com/i.png" })] }, {}],
  ])("the answer says why: %s", async (reason, more, headers) => {
    const response = await ask(more, headers);
    expect(response.status).toBe(529);
    expect(response.headers.get("x-failover-skipped")).toBe(reason);
    expect((await error(response)).message).toBe(`Overloaded (Not sent to Vertex: ${reason}.)`);
  });

  it("a turn that continues a thread is asked for as a whole: the SDKs then send it again", async () => {
    const response = await ask({ thread: { type: "continue", previous_message_id: "msg_1" } });
    expect(response.status).toBe(404);
    expect(await error(response)).toMatchObject({
      type: "not_found_error",
      details: { error_code: "thread_not_found" },
    });
  });
});

describe("Vertex serves, and the answer says what it was not sent", () => {
  const stack = useStack({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS } });
  const SCOPED = { type: "ephemeral", scope: "global" };
  const CACHED = [{ type: "text", text: "Be brief.", cache_control: SCOPED }];

  it.each<[string, object, Record<string, string>, string | null]>([
    ["a new thread", { thread: { type: "create" } }, {}, "thread"],
    ["a member that is null", { container: null }, {}, "container"],
    ["a scope of the cache", { system: CACHED, cache_control: SCOPED }, {}, "cache_control.scope"],
    [
      "context management with a compaction beta alone",
      { context_management: { edits: [] } },
      { "anthropic-beta": "compact-2026-01-12" },
      null,
    ],
    [
      "what Claude Code sends",
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

describe("tokens are counted", () => {
  const locations = ["us-east5", "us"];
  const stack = useStack({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS, vertexLocations: locations } });

  it("in a location that counts, also where it does not serve the model", async () => {
    stack().cloud.context.faults.set("anthropic", OVERLOADED);
    const response = await fetch(`${stack().runtime.url}/v1/messages/count_tokens`, {
      method: "POST",
      headers: { "x-api-key": clientToken(stack()), "anthropic-version": "2023-06-01" },
      body: JSON.stringify({ model: "claude-opus-5-5", messages: QUESTION.messages }),
    });
    expect(response.headers.get("x-failover-target")).toBe("vertex/us-east5");
  });
});

describe("a conversation whose thinking is bound to Anthropic's organisation", () => {
  const stack = useStack({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS, vertexLocations: ["us"] } });
  const thinking = { type: "thinking", thinking: "…", signature: "s" };
  const messages = [...QUESTION.messages, { role: "assistant", content: [thinking] }, ...QUESTION.messages];

  it.each([
    ["loses it on Vertex, and is told so", "claude-sonnet-5-5", messages, "thinking"],
    ["loses nothing where it has none", "claude-sonnet-5-5", QUESTION.messages, null],
    ["loses nothing with a model that does not bind it", "claude-opus-5-5", messages, null],
  ])("%s", async (_what, model, sent, lost) => {
    stack().cloud.context.faults.set("anthropic", OVERLOADED);
    const response = await post(stack(), question({ model, messages: sent }));
    expect(response.headers.get("x-failover-target")).toBe("vertex/us");
    expect(response.headers.get("x-failover-lost")).toBe(lost);
  });
});

function imageBy(source: object) {
  return { role: "user", content: [{ type: "image", source }] };
}
