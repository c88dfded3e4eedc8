/**
 * The log line of a request whose caller leaves. Everything else of the entry is tested in `test/`,
 * inside workerd.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import type { Bindings, Options } from "./bindings.ts";
import { clientLine } from "./client-line.ts";
import worker from "./index.ts";

const LONG_MS = 60_000;
const OPTIONS: Options = {
  routing: "bypass",
  force: null,
  logPayloads: false,
  timeouts: {
    bodyMs: LONG_MS,
    firstByteMs: LONG_MS,
    firstEventMs: LONG_MS,
    idleMs: LONG_MS,
    jsonMs: LONG_MS,
    chainMs: LONG_MS,
  },
  breaker: { failures: 5, windowMs: LONG_MS, openMs: LONG_MS },
  corsOrigins: [],
  models: {},
};
const credential = {
  type: "service_account",
  client_email: "e",
  private_key: "k",
  private_key_id: "i",
  token_uri: "u",
};
const bindings = (): Bindings => ({
  ENVIRONMENT: "dev",
  GATEWAY_URL: "https://gateway",
  GOOGLE_PROJECT: "p",
  VERTEX_LOCATIONS: "[]",
  CLIENT_COUNT: "1",
  CLIENTS_1: clientLine({ name: "ci" }, [createHash("sha256").update("token").digest("base64url")]),
  OPTIONS: JSON.stringify(OPTIONS),
  ANTHROPIC_API_KEY: "a",
  GATEWAY_TOKEN: "g",
  GOOGLE_CREDENTIAL: btoa(JSON.stringify(credential)),
});

/** Cloudflare's own, which Node lacks; enough for a body that comes in one piece. */
async function readAtLeast(this: ReadableStreamBYOBReader, _min: number, view: Uint8Array<ArrayBuffer>) {
  const { value, done } = await this.read(view);
  return { value, done: done || value.length === 0 };
}

beforeAll(() => {
  Object.assign(ReadableStreamBYOBReader.prototype, { readAtLeast });
  Object.assign(crypto.subtle, { timingSafeEqual });
});
afterAll(() => {
  Reflect.deleteProperty(ReadableStreamBYOBReader.prototype, "readAtLeast");
  Reflect.deleteProperty(crypto.subtle, "timingSafeEqual");
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it.each([
  ["POST", "/v1/messages", '{"model":"claude-sonnet-4-6","messages":[]}'],
  ["GET", "/v1/models", null],
])("a caller that leaves while a target is asked is logged as 499: %s %s", async (method, path, body) => {
  const leaving = new AbortController();
  vi.stubGlobal("fetch", async () => {
    leaving.abort();
    throw new Error("aborted");
  });
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const kept: Promise<unknown>[] = [];
  const context = { waitUntil: (promise: Promise<unknown>) => kept.push(promise) } as unknown as ExecutionContext;
  const headers = { "x-api-key": "token", ...(body ? { "content-length": String(body.length) } : {}) };
  const request = new Request(`https://worker.test${path}`, { method, body, headers, signal: leaving.signal });

  await worker.fetch(request, bindings(), context);
  await Promise.all(kept);

  expect(JSON.parse(String(log.mock.calls[0]?.[0]))).toMatchObject({ event: "request", client: "ci", status: 499 });
});
