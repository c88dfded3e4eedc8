import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RateLimit } from "../bindings.ts";
import { ANTHROPIC } from "../targets/target.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { Neighbours } from "./neighbours.ts";

const BOB = { client: "bob", model: "m" };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** An isolate with one failure of Anthropic, which it tells its neighbours. */
function afterOneFailure(limit: RateLimit["limit"]) {
  const breaker = new CircuitBreaker({ failures: 5, windowMs: 30_000, openMs: 30_000 });
  const report = { blame: "target", status: 529, retryAfterMs: 0 } as const;
  const shared = breaker.failed(ANTHROPIC, { client: "alice", model: "m" }, report, Date.now()) ?? "none";
  const told = new Neighbours({ limit }, breaker).failed(shared, 0);
  return { told, isOpen: () => breaker.isOpen(ANTHROPIC, BOB, Date.now()) };
}

describe("a failure of the isolate", () => {
  it("is counted under the key of the shared circuit", async () => {
    const limit = vi.fn(async () => ({ success: true }));

    await afterOneFailure(limit).told;

    expect(limit.mock.calls).toEqual([[{ key: "anthropic m" }]]);
  });

  it("opens the circuit if the counter is full", async () => {
    const { told, isOpen } = afterOneFailure(async () => ({ success: false }));

    await told;

    expect(isOpen()).toBe(true);
  });
});

describe("the circuit stays closed if the binding", () => {
  it.each<[string, RateLimit["limit"]]>([
    ["has room", async () => ({ success: true })],
    ["rejects", () => Promise.reject(new Error("down"))],
    [
      "throws",
      () => {
        throw new Error("down");
      },
    ],
    ["answers something else", async () => ({}) as { success: boolean }],
    ["answers nothing", async () => undefined as unknown as { success: boolean }],
  ])("%s", async (_what, limit) => {
    const { told, isOpen } = afterOneFailure(limit);

    await told;

    expect(isOpen()).toBe(false);
  });

  it("does not answer within a second, which ends the wait", async () => {
    const { told, isOpen } = afterOneFailure(() => new Promise(() => {}));

    await vi.advanceTimersByTimeAsync(1_000);
    await told;

    expect(isOpen()).toBe(false);
  });
});

it("leaves no timer behind", async () => {
  await afterOneFailure(async () => ({ success: false })).told;

  expect(vi.getTimerCount()).toBe(0);
});
