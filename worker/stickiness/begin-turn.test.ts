/** Which requests are turns of a conversation, and how long a turn waits for its target. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bindings } from "../bindings-in-test.ts";
import { contextOf } from "../context-in-test.ts";
import { COUNT_TOKENS, type Endpoint, MESSAGES } from "../endpoints.ts";
import { Isolate } from "../isolate.ts";
import type { Stickiness } from "../options.ts";
import { interpret } from "../request/body.ts";
import { planChain } from "../targets/chain.ts";
import { ANTHROPIC } from "../targets/target.ts";
import { useWorkerdGlobals } from "../workerd-in-test.ts";
import { beginTurn, whenReady } from "./begin-turn.ts";
import type { Preference } from "./turn.ts";

useWorkerdGlobals();

interface Asked {
  endpoint?: Endpoint;
  headers?: Record<string, string>;
  stickiness?: Partial<Stickiness>;
  locations?: readonly string[];
}

/** The turn of a request whose newest tool id is of Vertex. */
function begun({ endpoint = MESSAGES, headers = {}, stickiness = {}, locations = ["us-east5"] }: Asked = {}) {
  const options = { stickiness: { mode: "full", maxAgeMs: 300_000, vertexSession: true, ...stickiness } as const };
  const isolate = new Isolate(bindings(options, { VERTEX_LOCATIONS: JSON.stringify(locations) }));
  const { context } = contextOf(new Request("https://worker.test/v1/messages", { headers }), isolate);
  const content = [{ type: "tool_use", id: "toolu_vrtx_01A", name: "t", input: {} }];
  const text = JSON.stringify({ model: "claude-sonnet-4-6", messages: [{ role: "assistant", content }] });
  const body = interpret(new TextEncoder().encode(text));
  const chain = planChain(endpoint, body, context.anthropicHeaders, isolate.settings);
  const turn = beginTurn(endpoint, body, chain, undefined, context);
  return { turn, isolate };
}

describe("a turn", () => {
  it("is a message that more than one target may answer", () => {
    expect(begun().turn?.preferred(0)).toEqual({ target: { kind: "vertex", location: "us-east5" }, reason: "tool_id" });
  });

  it.each<[string, Asked]>([
    ["a count of tokens, which uses no prompt cache", { endpoint: COUNT_TOKENS }],
    ["a request with one target", { locations: [] }],
    ["a request that switches stickiness off", { headers: { "x-failover-sticky": "off" } }],
    ["any request of a stack that has switched it off", { stickiness: { mode: "off" } }],
  ])("is not %s", (_what, asked) => {
    expect(begun(asked).turn).toBeUndefined();
  });

  it.each([
    ["full", false],
    ["stateless", true],
  ] as const)("is remembered or not by the mode: %s", (mode, isEmpty) => {
    const { turn, isolate } = begun({ stickiness: { mode } });
    turn?.answered(ANTHROPIC);
    turn?.whole(0);
    expect(isolate.conversations.isEmpty("ci")).toBe(isEmpty);
  });
});

describe("a conversation that prefers Vertex", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const VERTEX: Preference = { target: { kind: "vertex", location: "us" }, reason: "memory" };
  const FAR_MS = 100_000;

  it("does not wait if there is a token", async () => {
    const fetchToken = vi.fn(async () => undefined);
    expect(await whenReady(VERTEX, { hasToken: () => true, fetchToken }, FAR_MS)).toBe(VERTEX);
    expect(fetchToken).not.toHaveBeenCalled();
  });

  it("waits for a token for at most a second", async () => {
    vi.setSystemTime(5_000);
    const fetchToken = vi.fn(async () => undefined);
    expect(await whenReady(VERTEX, { hasToken: () => false, fetchToken }, FAR_MS)).toBe(VERTEX);
    expect(fetchToken).toHaveBeenCalledWith(6_000);
  });

  it("waits no longer than the chain", async () => {
    vi.setSystemTime(5_000);
    const fetchToken = vi.fn(async () => undefined);
    await whenReady(VERTEX, { hasToken: () => false, fetchToken }, 5_300);
    expect(fetchToken).toHaveBeenCalledWith(5_300);
  });

  it("goes in the order of the chain if Google gives no token", async () => {
    const fetchToken = () => Promise.reject(new Error("google_token_timeout"));
    expect(await whenReady(VERTEX, { hasToken: () => false, fetchToken }, FAR_MS)).toBeUndefined();
  });

  it.each([undefined, { target: ANTHROPIC, reason: "memory" } as const])(
    "is the only one that waits",
    async (other) => {
      const fetchToken = vi.fn(async () => undefined);
      expect(await whenReady(other, { hasToken: () => false, fetchToken }, FAR_MS)).toBe(other);
      expect(fetchToken).not.toHaveBeenCalled();
    },
  );
});
