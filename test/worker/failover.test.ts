/** Failover end to end: the official SDKs, workerd, the local gateway and both providers. */
import { describe, expect, it } from "vitest";
import type { Fault } from "../../local/faults/faults.ts";
import { NEVER_OPEN, post, QUESTION, SDKS, sdkClient, useSandbox } from "../support/sandbox.ts";

const TIMEOUTS = { firstByteMs: 400, firstEventMs: 800, jsonMs: 400, chainMs: 5_000 };

const FAULTS: readonly [string, Fault][] = [
  ["529", { mode: "status", status: 529 }],
  ["429", { mode: "status", status: 429 }],
  ["500", { mode: "status", status: 500 }],
  ["no answer", { mode: "hang" }],
  ["a reset", { mode: "reset" }],
];

describe.each(["universal", "direct", "bypass"] as const)("in %s routing", (routing) => {
  const stack = useSandbox({ config: { routing, breaker: NEVER_OPEN, timeouts: TIMEOUTS } });

  describe.each(SDKS)("%s", (_name, Sdk) => {
    it("gets its answer from Anthropic while Anthropic works", async () => {
      const message = await sdkClient(Sdk, stack()).messages.create(QUESTION);
      expect(message.id).toMatch(/^msg_(?!vrtx)/);
      const streamed = await sdkClient(Sdk, stack()).messages.stream(QUESTION).finalMessage();
      expect(streamed.id).toMatch(/^msg_(?!vrtx)/);
    });

    it.each(FAULTS)("gets a complete message from Vertex when Anthropic's fault is: %s", async (_what, fault) => {
      stack().cloud.context.faults.set("anthropic", fault);
      const message = await sdkClient(Sdk, stack()).messages.create(QUESTION);
      expect(message.id).toMatch(/^msg_vrtx_/);
      expect(message).toMatchObject({ type: "message", stop_reason: "max_tokens", usage: { output_tokens: 16 } });
    });

    it.each(FAULTS)("gets a complete stream from Vertex when Anthropic's fault is: %s", async (_what, fault) => {
      stack().cloud.context.faults.set("anthropic", fault);
      const message = await sdkClient(Sdk, stack()).messages.stream(QUESTION).finalMessage();
      expect(message.id).toMatch(/^msg_vrtx_/);
      expect(message).toMatchObject({ type: "message", stop_reason: "max_tokens", usage: { output_tokens: 16 } });
    });

    it.each<[string, Fault]>([
      ["an error event before content", { mode: "error_event", type: "overloaded_error" }],
      ["a body that is cut in the middle", { mode: "cut" }],
    ])("gets a message from Vertex when Anthropic answers 200 with %s", async (_what, fault) => {
      stack().cloud.context.faults.set("anthropic", fault);
      const message = await sdkClient(Sdk, stack()).messages.create(QUESTION);
      expect(message.id).toMatch(/^msg_vrtx_/);
    });

    it("gets a stream from Vertex when Anthropic's stream begins with an error event", async () => {
      stack().cloud.context.faults.set("anthropic", { mode: "error_event", type: "overloaded_error" });
      const message = await sdkClient(Sdk, stack()).messages.stream(QUESTION).finalMessage();
      expect(message.id).toMatch(/^msg_vrtx_/);
    });

    it("throws when a stream is cut after its first content", async () => {
      stack().cloud.context.faults.set("anthropic", { mode: "cut" });
      const stream = sdkClient(Sdk, stack()).messages.stream(QUESTION);
      await expect(stream.finalMessage()).rejects.toThrow(/ended before the message was complete/);
    });

    it("throws a typed error with retry-after when both targets fail", async () => {
      stack().cloud.context.faults.set("anthropic", { mode: "status", status: 429, retryAfterS: 7 });
      stack().cloud.context.faults.set("vertex", { mode: "status", status: 529 });
      const error = await sdkClient(Sdk, stack())
        .messages.create(QUESTION)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Sdk.RateLimitError);
      expect(error).toMatchObject({ status: 429, error: { type: "error", error: { type: "rate_limit_error" } } });
      expect((error as InstanceType<typeof Sdk.APIError>).headers?.get("retry-after")).toBe("7");
    });
  });
});

describe("an answer", () => {
  const stack = useSandbox({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS } });
  const question = (more: object = {}) => JSON.stringify({ ...QUESTION, ...more });

  it("names the target that served it, with that target's own headers", async () => {
    const { headers } = await post(stack(), question());
    expect(headers.get("x-failover-target")).toBe("anthropic");
    expect(headers.get("x-failover-attempts")).toBe("anthropic=200");
    expect(headers.get("request-id")).toMatch(/^req_011/);
    expect(headers.get("anthropic-ratelimit-requests-limit")).toBe("4000");
    expect(headers.get("cf-aig-step")).toBe("0");
  });

  it("names the targets that failed, without their headers", async () => {
    stack().cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const { headers } = await post(stack(), question());
    expect(headers.get("x-failover-target")).toBe("vertex/us-east5");
    expect(headers.get("x-failover-attempts")).toBe("anthropic=?;vertex/us-east5=200");
    expect(headers.get("request-id")).toMatch(/^req_vrtx_/);
    expect(headers.get("anthropic-ratelimit-requests-limit")).toBeNull();
  });

  it.each([
    ["unknown_model", { model: "claude-nobody-knows" }],
    ["model_not_in_locations", { model: "claude-opus-5-5" }],
    ["member:mcp_servers", { mcp_servers: [] }],
  ])("says why there was no Vertex step: %s", async (reason, more) => {
    const { headers } = await post(stack(), question(more));
    expect(headers.get("x-failover-skipped")).toBe(reason);
  });

  it("lists what the Vertex step left out", async () => {
    stack().cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const betas = { "anthropic-beta": "fast-mode-2026-02-01,context-1m-2025-08-07" };
    const { status, headers } = await post(stack(), question({ service_tier: "auto" }), betas);
    expect(status).toBe(200);
    expect(headers.get("x-failover-omitted")).toBe("service_tier,beta:fast-mode-2026-02-01");
  });

  it("is Anthropic's own 400 when the caller's request is invalid", async () => {
    const response = await post(stack(), question({ max_tokens: 0 }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error", message: "max_tokens: Input should be greater than or equal to 1" },
    });
  });

  it("is a 502 when every target refuses this deployment's credentials", async () => {
    stack().cloud.context.faults.set("anthropic", { mode: "status", status: 401 });
    stack().cloud.context.faults.set("vertex", { mode: "status", status: 403 });
    const response = await post(stack(), question());
    expect(response.status).toBe(502);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(await response.text()).toContain(
      "This deployment's credentials are refused by anthropic (401) and vertex/us-east5 (403).",
    );
  });
});
