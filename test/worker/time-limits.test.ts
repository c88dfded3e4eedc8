/**
 * Every wait has a limit. In every routing, a request to a target that stalls ends within the
 * limits of docs/configuration.md.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../local/faults/faults.ts";
import { Sandbox } from "../../local/sandbox/index.ts";
import { clientToken, NEVER_OPEN, post, QUESTION, warmUp } from "../support/sandbox.ts";
import { HostileConnection } from "./hostile-connection.ts";

const TIMEOUTS = { bodyMs: 600, firstByteMs: 400, firstEventMs: 500, idleMs: 500, jsonMs: 400, chainMs: 2_000 };
const GRACE_MS = 1_000;

/** A name, and for each target the fault that makes it stall. */
const STALLS: readonly [name: string, faults: Readonly<Record<string, Fault>>][] = [
  ["both targets never answer", both({ mode: "hang" })],
  ["both targets stall in an error's body", both({ mode: "stalled_error" })],
  ["both targets send headers and nothing more", both({ mode: "silent" })],
  ["both targets send only pings", both({ mode: "no_content" })],
  ["both targets go silent after content", both({ mode: "silent_after_content" })],
  ["both targets leave the connection open after a complete answer", both({ mode: "open_after_stop" })],
  ["both targets answer 529 before they have read the body", both({ mode: "early_status", status: 529 })],
  ["both targets are slower than a stream's idle limit", both({ mode: "slow", intervalMs: 3_000 })],
  ["the gateway never answers", { gateway: { mode: "hang" } }],
  ["the gateway stalls in an error's body", { gateway: { mode: "stalled_error" } }],
];
const GOOGLE_STALLS: readonly [name: string, fault: Fault][] = [
  ["never answers", { mode: "hang" }],
  ["stalls in the middle of its answer", { mode: "stalled" }],
];

function both(fault: Fault): Readonly<Record<string, Fault>> {
  return { anthropic: fault, vertex: fault };
}

const ROUTINGS = ["universal", "direct", "bypass"] as const;
const config = (routing: string) => ({ routing, timeouts: TIMEOUTS, breaker: NEVER_OPEN });

let stacks: readonly Sandbox[];
beforeAll(async () => {
  stacks = await Promise.all(ROUTINGS.map((routing) => Sandbox.up({ config: config(routing) })));
  for (const stack of stacks) await warmUp(stack);
});
afterAll(() => Promise.all(stacks.map((stack) => stack.down())));

/** Runs in all routings at once, because the tests mostly wait. */
function inAllRoutings<T>(faults: Readonly<Record<string, Fault>>, ask: (stack: Sandbox) => Promise<T>): Promise<T[]> {
  return Promise.all(
    stacks.map((stack) => {
      stack.cloud.context.faults.clear();
      for (const [target, fault] of Object.entries(faults)) stack.cloud.context.faults.set(target, fault);
      return ask(stack);
    }),
  );
}

async function timed(stack: Sandbox, stream: boolean) {
  const startedMs = performance.now();
  const response = await post(stack, JSON.stringify({ ...QUESTION, stream }));
  const headersMs = performance.now() - startedMs;
  await response.text();
  const bodyMs = performance.now() - startedMs - headersMs;
  return { headersMs, bodyMs, target: response.headers.get("x-failover-target") };
}

describe.each([
  ["JSON", false],
  ["a stream", true],
])("%s", (_kind, stream) => {
  it.each(STALLS)("ends within its limits, in every routing, when %s", async (_name, faults) => {
    const times = await inAllRoutings(faults, (stack) => timed(stack, stream));
    for (const { headersMs, bodyMs } of times) {
      expect(headersMs).toBeLessThan(TIMEOUTS.chainMs + GRACE_MS);
      expect(bodyMs).toBeLessThan(TIMEOUTS.idleMs + GRACE_MS);
    }
  });
});

it("a target that stalls costs only its own limit, not the chain's, in every routing", async () => {
  const times = await inAllRoutings({ anthropic: { mode: "silent" } }, (stack) => timed(stack, false));
  for (const { headersMs, target } of times) {
    expect(target).toBe("vertex/us-east5");
    expect(headersMs).toBeLessThan(TIMEOUTS.jsonMs + GRACE_MS);
  }
});

it.each([
  ["with a content-length", ["content-length: 1000"]],
  ["chunked", ["transfer-encoding: chunked"]],
])("returns 408 if the body does not arrive (%s)", async (_how, headers) => {
  await inAllRoutings({}, async (stack) => {
    const startedMs = performance.now();
    const connection = await HostileConnection.open(stack.runtime.url);
    connection.head("POST", "/v1/messages", [`x-api-key: ${clientToken(stack)}`, ...headers]);
    const answer = await connection.until(/\r\n\r\n.*\}/s);
    connection.reset();
    expect(answer).toMatch(/^HTTP\/1.1 408 .*did not arrive within 600 ms \(timeouts\.bodyMs\)/s);
    expect(performance.now() - startedMs).toBeLessThan(TIMEOUTS.bodyMs + GRACE_MS);
  });
});

it.each(GOOGLE_STALLS)("returns 529 within the chain's limit when Google's token endpoint %s", async (_name, fault) => {
  const cold = await Promise.all(ROUTINGS.map((routing) => Sandbox.up({ config: config(routing) })));
  await Promise.all(
    cold.map(async (stack) => {
      stack.cloud.context.faults.set("google", fault);
      stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
      const startedMs = performance.now();
      const response = await post(stack, JSON.stringify(QUESTION));
      expect(performance.now() - startedMs).toBeLessThan(TIMEOUTS.chainMs + GRACE_MS);
      expect(response.status).toBe(529);
    }),
  );
  await Promise.all(cold.map((stack) => stack.down()));
});
