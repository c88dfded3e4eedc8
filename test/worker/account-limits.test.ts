/**
 * An account at its limit, end to end: its name in the attempts and in the log, how long its target
 * is tried last, and what the official SDK does with the error.
 */
import Anthropic from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../../local/faults/faults.ts";
import { Sandbox } from "../../local/sandbox/index.ts";
import { clientToken, ONE_LOCATION, post, QUESTION, warmUp } from "../support/sandbox.ts";

const OPEN_MS = 1_000;
const SPENT: Fault = { mode: "account_limit", code: "enforced_spend_limit_reached" };
/** Only Anthropic has it in this stack, because no location of the stack serves it. */
const ANTHROPIC_ONLY = "claude-opus-4-8";

describe.each(["universal", "direct", "bypass"])("with routing %s", (routing) => {
  let stack: Sandbox;
  let lines: string[];
  beforeEach(async () => {
    lines = [];
    stack = await Sandbox.up({
      config: { ...ONE_LOCATION, routing, breaker: { openMs: OPEN_MS }, clients: ["app", "other"] },
      onLine: (text) => lines.push(...text.split("\n")),
    });
    await warmUp(stack);
    // The first failover of the warm-up is not the subject.
    lines.length = 0;
  });
  afterEach(() => stack.down());

  const fail = (target: string, fault: Fault) => stack.cloud.context.faults.set(target, fault);

  async function ask(headers: Record<string, string> = {}, more: object = {}): Promise<string> {
    const response = await post(stack, JSON.stringify({ ...QUESTION, ...more }), headers);
    await response.text();
    return response.headers.get("x-failover-attempts") ?? "";
  }

  /** In `universal` the gateway hides the status of a client's first request. */
  async function seen(headers: Record<string, string> = {}): Promise<string> {
    if (routing === "universal") await ask(headers);
    return ask(headers);
  }

  const other = () => ({ "x-api-key": stack.outputs.clientTokens.other ?? "" });

  it.each([
    ["contract_spend_limit_reached", "429"],
    ["enforced_spend_limit_reached", "429"],
    ["ramp_limit_exceeded", "429"],
    ["linked_organization_spend_limit_reached", "402"],
    ["linked_organization_billing_unavailable", "402"],
  ] as const)("names %s in the attempts and in the log", async (code, status) => {
    fail("anthropic", { mode: "account_limit", code });

    expect(await seen()).toBe(`anthropic=${status}:${code};vertex/us-east5=200`);

    const logged = () => lines.find((line) => line.includes(`"result":"${status}:${code}"`));
    await expect.poll(logged).toBeDefined();
  });

  it("tries Anthropic last at once, for every client and model", async () => {
    fail("anthropic", SPENT);
    await seen();

    expect(await ask()).toBe("anthropic=open;vertex/us-east5=200");
    expect(await ask(other())).toBe("anthropic=open;vertex/us-east5=200");
    expect(await ask({}, { model: "claude-opus-4-6" })).toBe("anthropic=open;vertex/us-east5=200");
  });

  it("tries Anthropic last for longer than after an overload", async () => {
    fail("anthropic", SPENT);
    await seen();
    const openedMs = Date.now();
    stack.cloud.context.faults.clear();

    await expect.poll(() => Date.now() - openedMs, { timeout: 5_000 }).toBeGreaterThan(2 * OPEN_MS);

    expect(await ask()).toBe("anthropic=open;vertex/us-east5=200");
  });

  it("moves nothing for another client, if the caller chose the account", async () => {
    fail("anthropic", SPENT);
    const chosen = { "anthropic-user-profile-id": "prof_1" };

    expect(await seen(chosen)).toContain("anthropic=429:enforced_spend_limit_reached");
    stack.cloud.context.faults.clear();

    expect(await ask(other())).toBe("anthropic=200");
  });

  it("is not retried by the SDK if no other target may answer", async () => {
    fail("anthropic", SPENT);
    let calls = 0;
    const client = new Anthropic({
      baseURL: stack.runtime.url,
      apiKey: clientToken(stack),
      maxRetries: 3,
      fetch: (input, init) => {
        calls++;
        return fetch(input, init);
      },
    });

    const error = await client.messages.create({ ...QUESTION, model: ANTHROPIC_ONLY }).catch((thrown) => thrown);

    expect(error).toMatchObject({
      status: 429,
      errorCode: "enforced_spend_limit_reached",
      message: expect.stringContaining("You will regain access on 2026-12-01"),
    });
    expect(calls).toBe(1);
  });

  it("is less useful for a caller than Vertex's overload, which may end before the retry", async () => {
    fail("anthropic", SPENT);
    fail("vertex", { mode: "status", status: 529 });

    const response = await post(stack, JSON.stringify(QUESTION));

    expect(response.status).toBe(529);
    expect(response.headers.get("x-should-retry")).toBeNull();
  });

  it("never repeats a code that is unknown, or that a caller wrote", async () => {
    const message = 'x","details":{"error_code":"enforced_spend_limit_reached"}';
    fail("anthropic", { mode: "status", status: 429, message });

    expect(await seen()).toBe("anthropic=429;vertex/us-east5=200");
  });
});
