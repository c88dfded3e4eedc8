/**
 * The Worker's handler in Node, for three things that cannot be tested in workerd: callers that
 * leave at any time, answers that no fault of the local cloud produces, and bindings that the
 * program never creates.
 */
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Exchange } from "../../local/http/exchange.ts";
import { ACCOUNT_ID } from "../../local/sandbox/index.ts";
import { bindingText } from "../../local/state/index.ts";
import { clientToken, QUESTION, useSandbox } from "../support/sandbox.ts";
import { WorkerInNode } from "../support/worker-in-node.ts";

const ANTHROPIC = "api.anthropic.com";
const GATEWAY = "gateway.ai.cloudflare.com";
/** No location of the stack serves this model, so Anthropic's answer is the final one. */
const ANTHROPIC_ALONE = { model: "claude-opus-5-5" };
const MEBIBYTE = 1024 * 1024;
const stack = useSandbox();

/** Every request that has left the Worker or the gateway, in order. */
let exchanges: Exchange[];
let worker: WorkerInNode;
const hosts = () => exchanges.map(({ host }) => host);

beforeEach(async () => {
  worker = await startWorker();
  exchanges = [];
});
afterEach(() => worker.idle());

/** @param changed bindings that replace the program's */
function startWorker(changed: Readonly<Record<string, string>> = {}): Promise<WorkerInNode> {
  const { state, port: cloudPort } = stack().cloud.context;
  const [script] = state.accounts.get(ACCOUNT_ID)?.scripts.values() ?? [];
  if (!script) throw new Error("the stack has no Worker");
  const bindings = script.bindings.map((binding) =>
    "text" in binding ? { ...binding, text: changed[binding.name] ?? binding.text } : binding,
  );
  return WorkerInNode.start({ script: { ...script, bindings }, cloudPort });
}

function question(more: object = {}, init: RequestInit = {}): Request {
  return request("/v1/messages", { method: "POST", body: JSON.stringify({ ...QUESTION, ...more }), ...init });
}

function request(path: string, { headers, ...init }: RequestInit = {}): Request {
  const credentials = { "x-api-key": clientToken(stack()), "anthropic-version": "2023-06-01" };
  return new Request(`https://worker.test${path}`, {
    ...init,
    headers: { ...credentials, ...Object.fromEntries(new Headers(headers)) },
  });
}

/** @returns the next exchange with this host. `act` runs before the host answers. */
function arrival(host: string, act: (exchange: Exchange) => void = () => undefined): Promise<Exchange> {
  return new Promise((resolve) => {
    stack().cloud.onExchange = (exchange) => {
      exchanges.push(exchange);
      if (exchange.host !== host) return;
      act(exchange);
      resolve(exchange);
    };
  });
}

/** Waits for the end of the exchange. @returns whether the answer was sent completely */
async function wasAnswered({ response }: Exchange): Promise<boolean> {
  if (!response.closed) await once(response, "close");
  return response.writableFinished;
}

/** Lets the stream send its beginning and some content, and then neither more events nor an end. */
function stall({ response }: Exchange): void {
  const write = response.write.bind(response) as (chunk: string) => boolean;
  let left = 5;
  Object.assign(response, { write: (chunk: string) => left-- > 0 && write(chunk), end: () => response });
}

/**
 * Answers in place of the host. @param body if undefined, the connection is reset after the headers
 */
function answer({ response }: Exchange, status: number, type: string, body: string | undefined): void {
  response.writeHead(status, { "content-type": type });
  if (body === undefined) response.write(": comment\n", () => response.socket?.resetAndDestroy());
  else response.end(body);
  Object.assign(response, { writeHead: () => response, write: () => true, end: () => response });
}

describe("a caller that leaves before the response begins", () => {
  it.each([
    ["universal", false],
    ["universal", true],
    ["direct", false],
    ["direct", true],
    ["bypass", false],
  ])("ends the call to Anthropic, and no other target is asked (%s, stream: %s)", async (routing, stream) => {
    worker = await startWorker({ OPTIONS: optionsWith({ routing }) });
    stack().cloud.context.faults.set("anthropic", { mode: "hang" });
    const leaving = new AbortController();
    const anthropic = arrival(ANTHROPIC);
    const response = worker.fetch(question({ stream }, { signal: leaving.signal })).catch(() => undefined);
    const asked = await anthropic;

    leaving.abort();

    expect(await wasAnswered(asked)).toBe(false);
    await response;
    await worker.idle();
    expect(hosts().filter((host) => host === ANTHROPIC)).toHaveLength(1);
    expect(hosts().filter((host) => host === GATEWAY)).toHaveLength(routing === "bypass" ? 0 : 1);
    expect(hosts().filter((host) => host.endsWith("aiplatform.googleapis.com"))).toEqual([]);
  });
});

describe("a caller that leaves during a stream", () => {
  it.each<[string, (leaving: AbortController, reader: ReadableStreamDefaultReader) => unknown]>([
    ["cancels the body", (_, reader) => reader.cancel()],
    ["aborts its signal", (leaving) => leaving.abort()],
  ])("ends the call to the target when it %s", async (_how, leave) => {
    const leaving = new AbortController();
    const anthropic = arrival(ANTHROPIC, stall);
    const { body } = await worker.fetch(question({ stream: true }, { signal: leaving.signal }));
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    await reader.read();

    await leave(leaving, reader);

    expect(await wasAnswered(await anthropic)).toBe(false);
  });
});

describe("an unusable answer becomes an error in Anthropic's envelope", () => {
  const json = "application/json";
  const events = "text/event-stream";
  const html = `<html>${"x".repeat(100_000)}`;

  it.each<[string, object, status: number, type: string, body: string | undefined, expected: number, error: string]>([
    ["a long web page with a 529", {}, 529, "text/html", html, 529, "overloaded_error"],
    ["an unknown status below 500", {}, 418, "text/html", "", 418, "invalid_request_error"],
    ["an unknown status above 500", {}, 599, "text/html", "", 599, "api_error"],
    ["a redirect", {}, 302, "text/html", "", 502, "api_error"],
    ["a long web page instead of a stream", { stream: true }, 200, "text/html", html, 502, "api_error"],
    ["an error of a new type", {}, 200, json, '{"type":"error","error":{"type":"new_error"}}', 500, "new_error"],
    ["an api_error", {}, 200, json, '{"type":"error","error":{"type":"api_error"}}', 500, "api_error"],
    ["an error without a type", {}, 200, json, '{"type":"error"}', 502, "api_error"],
    ["an error event without data", { stream: true }, 200, events, "event: error\n\n", 502, "api_error"],
    ["a stream that is reset after its headers", { stream: true }, 200, events, undefined, 502, "api_error"],
  ])("%s", async (_what, more, status, type, body, expected, error) => {
    arrival(ANTHROPIC, (exchange) => answer(exchange, status, type, body));

    const response = await worker.fetch(question({ ...ANTHROPIC_ALONE, ...more }));

    expect(response.status).toBe(expected);
    expect(await response.json()).toMatchObject({ type: "error", error: { type: error } });
  });

  it.each([
    ["an unknown code", '{"success":false,"error":[{"code":9999}]}', "The AI Gateway failed (9999)."],
    ["no code", '{"success":false,"error":[]}', "The AI Gateway failed (0)."],
  ])("a gateway error with %s", async (_what, body, message) => {
    arrival(GATEWAY, (exchange) => answer(exchange, 400, json, body));
    const response = await worker.fetch(question(ANTHROPIC_ALONE));
    expect(response.status).toBe(502);
    expect(await response.text()).toContain(message);
  });
});

it("passes on an answer that is too long for the Worker's buffer", async () => {
  const body = JSON.stringify({ type: "message", content: "x".repeat(17 * 1024 * 1024) });
  arrival(ANTHROPIC, (exchange) => answer(exchange, 200, "application/json", body));
  const response = await worker.fetch(question());
  expect(await response.text()).toBe(body);
});

describe("a body that does not fit the memory budget", () => {
  const padded = (bytes: number) => JSON.stringify(QUESTION).padEnd(bytes);

  it.each([
    ["with a content-length", padded(16 * MEBIBYTE)],
    ["without a content-length", new Blob([padded(16 * MEBIBYTE)]).stream()],
  ])("is streamed to Anthropic alone, complete: %s", async (_what, body) => {
    stack().cloud.context.faults.set("anthropic", { mode: "hang", times: 1 });
    const leaving = new AbortController();
    const arrived = arrival(ANTHROPIC);
    const held = worker.fetch(question({}, { body: padded(31 * MEBIBYTE), signal: leaving.signal }));
    await arrived;

    const length = typeof body === "string" ? { "content-length": String(body.length) } : {};
    const response = await worker.fetch(question({}, { body, headers: length, duplex: "half" } as RequestInit));

    expect(response.status).toBe(200);
    expect(response.headers.get("x-failover-skipped")).toBe("memory");
    expect(exchanges.at(-1)?.body.toString()).toBe(padded(16 * MEBIBYTE));
    leaving.abort();
    await held;
  });
});

describe("goes to Anthropic alone, with the reason:", () => {
  it.each([
    ["a model that Google does not offer", { model: "claude-mythos-5" }, "model_not_on_vertex"],
    ["a model that only other locations serve", ANTHROPIC_ALONE, "model_not_in_locations"],
    ["a body over 30 MB", { metadata: "x".repeat(31 * 1024 * 1024) }, "too_large"],
  ])("%s", async (_what, more, skipped) => {
    worker = await startWorker({ OPTIONS: optionsWith({ routing: "direct" }) });
    const { headers } = await worker.fetch(question(more));
    expect(headers.get("x-failover-skipped")).toBe(skipped);
  });

  it("a count of tokens, if no location of the stack counts tokens", async () => {
    worker = await startWorker({ VERTEX_LOCATIONS: '["us"]' });
    const { model, messages } = QUESTION;
    const body = JSON.stringify({ model, messages });
    const { headers } = await worker.fetch(request("/v1/messages/count_tokens", { method: "POST", body }));
    expect(headers.get("x-failover-skipped")).toBe("count_tokens_not_in_locations");
  });
});

it("keeps the Vertex step for a content block of an unknown, long type", async () => {
  const messages = [{ role: "user", content: [{ type: "x".repeat(300), text: "Hello" }] }];
  const { headers } = await worker.fetch(question({ messages }));
  expect(headers.get("x-failover-skipped")).toBeNull();
});

it.each([
  ["without a body", undefined, /not valid: .* \(at byte 0\)\.$/],
  ["with a body that ends before a value", '{"model":', /not valid: .* \(at byte 9\)\.$/],
])("returns 400 for a request %s", async (_what, body, message) => {
  const response = await worker.fetch(request("/v1/messages", { method: "POST", body } as RequestInit));
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    type: "error",
    error: { type: "invalid_request_error", message: expect.stringMatching(message) },
  });
});

it("returns a 500 without details after an exception in the Worker", async () => {
  const unreadable = question();
  unreadable.body?.getReader();
  const response = await worker.fetch(unreadable);
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ error: { message: "The failover Worker failed unexpectedly." } });
});

describe("a deployment", () => {
  it.each([
    ["GATEWAY_URL", "", "missing"],
    ["CLIENT_COUNT", "none", "malformed"],
    ["CLIENTS_1", "[{}]", "malformed"],
    ["VERTEX_LOCATIONS", "us-east5", "malformed"],
    ["GOOGLE_CREDENTIAL", btoa('{"type":"authorized_user"}'), "malformed"],
    ["OPTIONS", "{}", "malformed"],
  ])("returns a 500 that names the faulty binding: %s is %j", async (name, value, fault) => {
    worker = await startWorker({ [name]: value });
    const response = await worker.fetch(question());
    expect(response.status).toBe(500);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(await response.json()).toMatchObject({
      error: { type: "api_error", message: expect.stringContaining(`The binding ${name} is ${fault}.`) },
    });
  });

  it("can change a model in the table of models", async () => {
    const corrected = { vertexId: "claude-sonnet-4-6", locations: ["us"] };
    worker = await startWorker({ OPTIONS: optionsWith({ models: { "claude-sonnet-4-6": corrected } }) });
    const { headers } = await worker.fetch(question());
    expect(headers.get("x-failover-skipped")).toBe("model_not_in_locations");
  });
});

function optionsWith(changed: object): string {
  const [script] = stack().cloud.context.state.accounts.get(ACCOUNT_ID)?.scripts.values() ?? [];
  const text = (script && bindingText(script, "OPTIONS")) ?? "{}";
  return JSON.stringify({ ...JSON.parse(text), ...changed });
}
