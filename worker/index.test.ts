/**
 * Tests the Worker's entry: the answers that need no target, the state of the isolate, and the log
 * line. `test/worker/` tests in workerd how targets are asked.
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

/** Sends one request. @returns the response, its text, and the request's log line */
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

describe("a request that needs no target", () => {
  const ORIGIN = "https://app.example";
  const BROWSERS = bindings({ corsOrigins: [ORIGIN] });

  it.each<[string, Asked, number, string]>([
    ["a health check", { method: "GET", path: "/health", headers: { "x-api-key": "" } }, 200, "health"],
    ["Claude Code's first request", { method: "HEAD", path: "/", headers: { "x-api-key": "" } }, 200, "health"],
    ["a path that does not exist", { path: "/v1/complete" }, 404, "none"],
    ["a method that is not allowed", { method: "GET" }, 405, "messages"],
    ["a wrong token", { headers: { "x-api-key": "wrong" } }, 401, "messages"],
    ["a long query", { path: `/v1/messages?${"q".repeat(3_000)}` }, 414, "messages"],
    ["a body that is not JSON", { body: "{" }, 400, "messages"],
    [
      "a preflight from a configured origin",
      { method: "OPTIONS", headers: { origin: ORIGIN }, bindings: BROWSERS },
      204,
      "none",
    ],
    ["a preflight from another origin", { method: "OPTIONS", headers: { origin: "https://x" } }, 405, "messages"],
  ])("gets its status, and is logged: %s", async (_what, asked, status, method) => {
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

  it("gets the Worker's status, environment and version at /health", async () => {
    const { text } = await ask({ method: "GET", path: "/health", headers: { "x-api-key": "" } });

    expect(JSON.parse(text)).toEqual({ status: "ok", environment: "dev", version: "v1" });
  });

  it.each([
    ["a health check", { method: "GET", path: "/health" }],
    ["a path that does not exist", { path: "/v1/complete" }],
    ["a wrong token", { headers: { "x-api-key": "wrong" } }],
  ])("gets the id of the Worker's version, and so does the log: %s", async (_what, asked) => {
    const { response, line } = await ask(asked);

    expect(response.headers.get("x-failover-version")).toBe("v1");
    expect(line).toMatchObject({ version: "v1" });
  });

  it("gets CORS headers for a configured origin, also with an error", async () => {
    const { response } = await ask({ path: "/v1/complete", headers: { origin: ORIGIN }, bindings: BROWSERS });

    expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
  });

  it("gets a 500 that names the missing binding and is not to be retried", async () => {
    const { response, text, line } = await ask({ bindings: { ...bindings(), GATEWAY_TOKEN: "" } });

    expect(response.status).toBe(500);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(JSON.parse(text).error.message).toBe(
      "This deployment is incomplete: The binding GATEWAY_TOKEN is missing. Run `pulumi up`.",
    );
    expect(line).toMatchObject({ method: "none", status: 500, held_bytes: 0 });
  });

  it("gets a 500 without details after an exception in the Worker", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.spyOn(crypto.subtle, "digest").mockRejectedValue(new TypeError("a secret"));

    const { response, text } = await ask();

    expect(response.status).toBe(500);
    expect(JSON.parse(text).error.message).toBe("The failover Worker failed unexpectedly.");
    expect(error.mock.calls).toEqual([['{"event":"unexpected_error","name":"TypeError"}']]);
  });
});

describe("a request that a target answers", () => {
  it("is logged with its client, its target and its duration", async () => {
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

  it("is logged with the way its stream ended", async () => {
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

  it("shares the breaker with earlier requests of the isolate", async () => {
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
])("logs the status 499 if the caller leaves before the target answers: %s %s", async (method, path) => {
  const leaving = new AbortController();
  vi.stubGlobal("fetch", async () => {
    leaving.abort();
    throw new Error("aborted");
  });

  const { line } = await ask({ method, path, signal: leaving.signal });

  expect(line).toMatchObject({ event: "request", client: "ci", status: 499 });
});
