/**
 * The handler in Node: a caller that leaves at any time, answers that no fault of the local cloud
 * gives, and deployments that no program makes.
 */
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Exchange } from "../../local/http/exchange.ts";
import { ACCOUNT_ID } from "../../local/sandbox/index.ts";
import { bindingText } from "../../local/state/index.ts";
import { clientToken, QUESTION, useStack } from "../support/local-stack.ts";
import { WorkerInNode } from "../support/worker-in-node.ts";

const ANTHROPIC = "api.anthropic.com";
const GATEWAY = "gateway.ai.cloudflare.com";
/** Served by no location of the stack: what Anthropic answers is the answer. */
const ANTHROPIC_ALONE = { model: "claude-opus-5-5" };
const MEBIBYTE = 1024 * 1024;
const stack = useStack();

/** Everything that has left the Worker or the gateway, in order. */
let exchanges: Exchange[];
let worker: WorkerInNode;
const hosts = () => exchanges.map(({ host }) => host);

beforeEach(async () => {
  worker = await startWorker();
  exchanges = [];
});
afterEach(() => worker.idle());

/** @param changed bindings in place of the program's */
function startWorker(changed: Readonly<Record<string, string>> = {}): Promise<WorkerInNode> {
  const { state, port: cloudPort } = stack().cloud.context;
  const [script] = state.accounts.get(ACCOUNT_ID)?.scripts.values() ?? [];
  if (!script) throw new Error("the stack has no Worker");
  const bindings = script.bindings.map((binding) =>
    binding.type === "ratelimit" ? binding : { ...binding, text: changed[binding.name] ?? binding.text },
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

/** @returns the next exchange with this host; `act` is called before the host answers it. */
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

/** @returns once the exchange is over: whether it was answered to its end. */
async function wasAnswered({ response }: Exchange): Promise<boolean> {
  if (!response.closed) await once(response, "close");
  return response.writableFinished;
}

/** The stream gives its beginning, some content too, and then nothing more, and does not end. */
function stall({ response }: Exchange): void {
  const write = response.write.bind(response) as (chunk: string) => boolean;
  let left = 5;
  Object.assign(response, { write: (chunk: string) => left-- > 0 && write(chunk), end: () => response });
}

/**
 * Answers in the host's place. @param body undefined: the connection is reset behind the headers
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
  ])("ends the call, and no second target is asked (%s, stream: %s)", async (routing, stream) => {
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

describe("a caller that leaves while streaming", () => {
  it.each<[string, (leaving: AbortController, reader: ReadableStreamDefaultReader) => unknown]>([
    ["by cancelling the body", (_, reader) => reader.cancel()],
    ["by its signal", (leaving) => leaving.abort()],
  ])("stops the target at once, %s", async (_how, leave) => {
    const leaving = new AbortController();
    const anthropic = arrival(ANTHROPIC, stall);
    const { body } = await worker.fetch(question({ stream: true }, { signal: leaving.signal }));
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    await reader.read();

    await leave(leaving, reader);

    expect(await wasAnswered(await anthropic)).toBe(false);
  });
});

describe("an answer that is none is told in Anthropic's envelope", () => {
  const json = "application/json";
  const events = "text/event-stream";
  const html = `<html>${"x".repeat(100_000)}`;

  it.each<[string, object, status: number, type: string, body: string | undefined, told: number, error: string]>([
    ["a long page", {}, 529, "text/html", html, 529, "overloaded_error"],
    ["a status nobody knows, below 500", {}, 418, "text/html", "", 418, "invalid_request_error"],
    ["a status nobody knows, above 500", {}, 599, "text/html", "", 599, "api_error"],
    ["a redirect", {}, 302, "text/html", "", 502, "api_error"],
    ["a long page for a stream", { stream: true }, 200, "text/html", html, 502, "api_error"],
    ["an error of a new type", {}, 200, json, '{"type":"error","error":{"type":"new_error"}}', 500, "new_error"],
    ["an api_error", {}, 200, json, '{"type":"error","error":{"type":"api_error"}}', 500, "api_error"],
    ["an error without a type", {}, 200, json, '{"type":"error"}', 502, "api_error"],
    ["an error event without data", { stream: true }, 200, events, "event: error\n\n", 502, "api_error"],
    ["a stream reset at once", { stream: true }, 200, events, undefined, 502, "api_error"],
  ])("%s", async (_what, more, status, type, body, told, error) => {
    arrival(ANTHROPIC, (exchange) => answer(exchange, status, type, body));

    const response = await worker.fetch(question({ ...ANTHROPIC_ALONE, ...more }));

    expect(response.status).toBe(told);
    expect(await response.json()).toMatchObject({ type: "error", error: { type: error } });
  });

  it.each([
    ["a code that nobody knows", '{"success":false,"error":[{"code":9999}]}', "The AI Gateway failed (9999)."],
    ["no code", '{"success":false,"error":[]}', "The AI Gateway failed (0)."],
  ])("the gateway's own error with %s", async (_what, body, told) => {
    arrival(GATEWAY, (exchange) => answer(exchange, 400, json, body));
    const response = await worker.fetch(question(ANTHROPIC_ALONE));
    expect(response.status).toBe(502);
    expect(await response.text()).toContain(told);
  });
});

it("passes an answer on that is too long to be held", async () => {
  const body = JSON.stringify({ type: "message", content: "x".repeat(17 * 1024 * 1024) });
  arrival(ANTHROPIC, (exchange) => answer(exchange, 200, "application/json", body));
  const response = await worker.fetch(question());
  expect(await response.text()).toBe(body);
});

describe("a body for which there is no room", () => {
  const padded = (bytes: number) => JSON.stringify(QUESTION).padEnd(bytes);

  it.each([
    ["whose length is declared", padded(16 * MEBIBYTE)],
    ["whose length is not", new Blob([padded(16 * MEBIBYTE)]).stream()],
  ])("%s is streamed whole to Anthropic alone", async (_what, body) => {
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

describe("a request that Vertex cannot take goes to Anthropic alone", () => {
  it.each([
    ["a model that Google does not offer", { model: "claude-mythos-5" }, "model_not_on_vertex"],
    ["a model of other locations", ANTHROPIC_ALONE, "model_not_in_locations"],
    ["more than 30 MB", { metadata: "x".repeat(31 * 1024 * 1024) }, "too_large"],
  ])("%s", async (_what, more, skipped) => {
    worker = await startWorker({ OPTIONS: optionsWith({ routing: "direct" }) });
    const { headers } = await worker.fetch(question(more));
    expect(headers.get("x-failover-skipped")).toBe(skipped);
  });

  it("but not one with a type that nobody knows, of any length", async () => {
    const messages = [{ role: "user", content: [{ type: "x".repeat(300), text: "Hello" }] }];
    const { headers } = await worker.fetch(question({ messages }));
    expect(headers.get("x-failover-skipped")).toBeNull();
  });

  it("where the stack has no location that counts tokens", async () => {
    worker = await startWorker({ VERTEX_LOCATIONS: '["us"]' });
    const { model, messages } = QUESTION;
    const body = JSON.stringify({ model, messages });
    const { headers } = await worker.fetch(request("/v1/messages/count_tokens", { method: "POST", body }));
    expect(headers.get("x-failover-skipped")).toBe("count_tokens_not_in_locations");
  });
});

it.each([
  ["without a body", undefined],
  ["whose body ends where a value is due", '{"model":'],
])("refuses a request %s", async (_what, body) => {
  const response = await worker.fetch(request("/v1/messages", { method: "POST", body } as RequestInit));
  expect(response.status).toBe(400);
});

it("tells nothing of a defect of its own but that there is one", async () => {
  const unreadable = question();
  unreadable.body?.getReader();
  const response = await worker.fetch(unreadable);
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ error: { message: "The failover Worker failed unexpectedly." } });
});

describe("a deployment", () => {
  it.each([
    ["GATEWAY_URL", ""],
    ["CLIENT_COUNT", "none"],
    ["CLIENTS_1", "[{}]"],
    ["VERTEX_LOCATIONS", "us-east5"],
    ["GOOGLE_CREDENTIAL", btoa('{"type":"authorized_user"}')],
    ["OPTIONS", "{}"],
  ])("whose %s is %j is told in a 500 that names it", async (name, value) => {
    worker = await startWorker({ [name]: value });
    const response = await worker.fetch(question());
    expect(response.status).toBe(500);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(await response.text()).toContain(`The binding ${name} is m`);
  });

  it("adds models to the table, and corrects them", async () => {
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
