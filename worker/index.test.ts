/**
 * The Worker's entry: what it answers by itself, what it remembers, and its log line. How targets are
 * asked is tested in `test/`, inside workerd.
 */
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import type { Bindings } from "./bindings.ts";
import { bindings, TOKEN } from "./bindings-in-test.ts";
import worker from "./index.ts";
import { useWorkerdGlobals } from "./workerd-in-test.ts";

const QUESTION = '{"model":"claude-sonnet-4-6","messages":[]}';
const MESSAGE = { id: "msg_1", type: "message", content: [] };

let log: MockInstance<typeof console.log>;
useWorkerdGlobals();
beforeEach(() => {
  log = vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

interface Asked {
  method?: string;
  path?: string;
  body?: string | null;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  bindings?: Bindings;
}

/** One request of the client, and the line that is logged of it. */
async function ask({ method = "POST", path = "/v1/messages", headers = {}, ...more }: Asked = {}) {
  const { body = method === "POST" ? QUESTION : null, signal = null } = more;
  const kept: Promise<unknown>[] = [];
  const context = { waitUntil: (promise: Promise<unknown>) => kept.push(promise) } as unknown as ExecutionContext;
  const all = { "x-api-key": TOKEN, ...headers };
  const request = new Request(`https://worker.test${path}`, { method, body, headers: all, signal });

  const response = await worker.fetch(request, more.bindings ?? bindings(), context);
  const text = await response.text();
  await Promise.all(kept);

  return { response, text, line: JSON.parse(String(log.mock.lastCall?.[0])) };
}

describe("a request that asks no target", () => {
  const ORIGIN = "https://app.example";
  const BROWSERS = bindings({ corsOrigins: [ORIGIN] });

  it.each<[string, Asked, number, string]>([
    ["the health of the Worker", { method: "GET", path: "/health", headers: { "x-api-key": "" } }, 200, "health"],
    ["what Claude Code asks first", { method: "HEAD", path: "/", headers: { "x-api-key": "" } }, 200, "health"],
    ["a path that does not exist", { path: "/v1/complete" }, 404, "none"],
    ["a method that is not allowed", { method: "GET" }, 405, "messages"],
    ["a wrong token", { headers: { "x-api-key": "wrong" } }, 401, "messages"],
    ["a long query", { path: `/v1/messages?${"q".repeat(3_000)}` }, 414, "messages"],
    ["a body that is not JSON", { body: "{" }, 400, "messages"],
    ["a browser's preflight", { method: "OPTIONS", headers: { origin: ORIGIN }, bindings: BROWSERS }, 204, "none"],
    ["another origin's preflight", { method: "OPTIONS", headers: { origin: "https://x" } }, 405, "messages"],
  ])("is answered and logged: %s", async (_what, asked, status, method) => {
    const { response, line } = await ask(asked);

    expect(response.status).toBe(status);
    expect(line).toMatchObject({
      event: "request",
      http_method: asked.method ?? "POST",
      method,
      status,
      held_bytes: 0,
    });
  });

  it("is told that the Worker is there, and for which environment", async () => {
    const { text } = await ask({ method: "GET", path: "/health", headers: { "x-api-key": "" } });

    expect(JSON.parse(text)).toEqual({ status: "ok", environment: "dev" });
  });

  it("may be read by a browser from a configured origin, errors included", async () => {
    const { response } = await ask({ path: "/v1/complete", headers: { origin: ORIGIN }, bindings: BROWSERS });

    expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
  });

  it("is told what is missing in the deployment, and is not to be retried", async () => {
    const { response, text, line } = await ask({ bindings: { ...bindings(), GATEWAY_TOKEN: "" } });

    expect(response.status).toBe(500);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(JSON.parse(text).error.message).toBe(
      "This deployment is incomplete: The binding GATEWAY_TOKEN is missing. Run `pulumi up`.",
    );
    expect(line).toMatchObject({ method: "none", status: 500, held_bytes: 0 });
  });

  it("is told nothing of a defect but that there is one", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.spyOn(crypto.subtle, "digest").mockRejectedValue(new TypeError("a secret"));

    const { response, text } = await ask();

    expect(response.status).toBe(500);
    expect(JSON.parse(text).error.message).toBe("The failover Worker failed unexpectedly.");
    expect(error.mock.calls).toEqual([['{"event":"unexpected_error","name":"TypeError"}']]);
  });
});

describe("a request that a target answers", () => {
  it("is logged with who asked, who answered, and how long it took", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.stubGlobal("fetch", async () => {
      vi.advanceTimersByTime(1_234);
      return Response.json(MESSAGE);
    });

    const { response, text, line } = await ask();

    expect(response.status).toBe(200);
    expect(JSON.parse(text)).toEqual(MESSAGE);
    expect(line).toMatchObject({
      client: "ci",
      model: "claude-sonnet-4-6",
      status: 200,
      target: "anthropic",
      ms: 1_234,
    });
    expect(line).not.toHaveProperty("stream");
  });

  it("is logged with the end of its stream", async () => {
    const events = ["content_block_delta", "message_stop"].map(
      (name) => `event: ${name}\ndata: {"type":"${name}"}\n\n`,
    );
    const headers = { "content-type": "text/event-stream" };
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.stubGlobal("fetch", async () => {
      vi.advanceTimersByTime(1_234);
      return new Response(events.join(""), { headers });
    });

    const { text, line } = await ask({ body: QUESTION.replace("{", '{"stream":true,') });

    expect(text).toBe(events.join(""));
    expect(line).toMatchObject({ status: 200, stream: "complete", stream_ms: 1_234 });
  });

  it("shares what its isolate remembers with those before it", async () => {
    vi.stubGlobal("fetch", async () => Response.json({}, { status: 529 }));
    const isolate = bindings({ breaker: { failures: 1, windowMs: 60_000, openMs: 60_000 } });
    await ask({ bindings: isolate });

    const { response } = await ask({ bindings: isolate });

    expect(response.headers.get("x-failover-attempts")).toBe("anthropic=open;anthropic=529");
  });
});

it.each([
  ["POST", "/v1/messages"],
  ["GET", "/v1/models"],
])("a caller that leaves while a target is asked is logged as 499: %s %s", async (method, path) => {
  const leaving = new AbortController();
  vi.stubGlobal("fetch", async () => {
    leaving.abort();
    throw new Error("aborted");
  });

  const { line } = await ask({ method, path, signal: leaving.signal });

  expect(line).toMatchObject({ event: "request", client: "ci", status: 499 });
});
