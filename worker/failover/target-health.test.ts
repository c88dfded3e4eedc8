import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ownFailure } from "../errors.ts";
import { accountLimit } from "../response/account-limits.ts";
import type { BodyEnd } from "../response/relay.ts";
import { ANTHROPIC, type Target, targetName } from "../targets/target.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { Neighbours } from "./neighbours.ts";
import { TargetHealth } from "./target-health.ts";

const VERTEX: Target = { kind: "vertex", location: "us-east5" };
const TARGETS = [ANTHROPIC, VERTEX];
const LIMITS = { failures: 5, windowMs: 30_000, openMs: 30_000 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/**
 * Requests of two clients in one isolate.
 *
 * @param drilled the targets that Alice's first request drills
 */
function isolate(...drilled: string[]) {
  const breaker = new CircuitBreaker(LIMITS);
  return {
    alice: new TargetHealth(breaker, { client: "alice", model: "m" }, new Set(drilled)),
    aliceAgain: new TargetHealth(breaker, { client: "alice", model: "m" }),
    bob: new TargetHealth(breaker, { client: "bob", model: "m" }),
  };
}

function orderOf(health: TargetHealth, force: string | null = null) {
  const { targets, open } = health.order(TARGETS, force);
  return { targets: targets.map(targetName), open: open.map(targetName) };
}

function fail(health: TargetHealth, target: Target, times: number, headers: HeadersInit = {}): void {
  for (let i = 0; i < times; i++) health.failed(target, ownFailure("529", 529, "m", headers), "target");
}

const IN_PLACE = { targets: ["anthropic", "vertex/us-east5"], open: [] };
const ANTHROPIC_LAST = { targets: ["vertex/us-east5", "anthropic"], open: ["anthropic"] };

describe("the order of targets", () => {
  it("is the chain's order while all circuits are closed", () => {
    expect(orderOf(isolate().alice)).toEqual(IN_PLACE);
  });

  it("ends with a target with an open circuit", () => {
    const { alice } = isolate();

    fail(alice, ANTHROPIC, 5);

    expect(orderOf(alice)).toEqual(ANTHROPIC_LAST);
  });

  it("contains every target even if all circuits are open", () => {
    const { alice } = isolate();
    fail(alice, ANTHROPIC, 5);
    fail(alice, VERTEX, 5);

    expect(orderOf(alice)).toEqual({
      targets: ["anthropic", "vertex/us-east5"],
      open: ["anthropic", "vertex/us-east5"],
    });
  });

  it("starts with the preferred target", () => {
    const { alice } = isolate();

    expect(alice.order(TARGETS, null, VERTEX)).toMatchObject({
      targets: [VERTEX, ANTHROPIC],
      open: [],
      isSticky: true,
    });
  });

  it("does not change if the preferred target is the first one", () => {
    const { alice } = isolate();

    expect(alice.order(TARGETS, null, ANTHROPIC)).toMatchObject({ targets: TARGETS, open: [], isSticky: false });
  });

  it("ends with the preferred target if its circuit is open", () => {
    const { alice } = isolate();

    fail(alice, VERTEX, 5);

    expect(alice.order(TARGETS, null, VERTEX)).toMatchObject({ targets: TARGETS, open: [VERTEX], isSticky: false });
  });

  it("starts with the forced target, not with the preferred one", () => {
    const { alice } = isolate();

    expect(alice.order(TARGETS, "anthropic", VERTEX)).toMatchObject({ targets: TARGETS, open: [], isSticky: false });
  });

  it("starts with the preferred target if the request has no forced target", () => {
    const { alice } = isolate();

    expect(alice.order(TARGETS, "vertex/eu", VERTEX).targets).toEqual([VERTEX, ANTHROPIC]);
  });

  it("contains no preferred target that is not in the chain", () => {
    const { alice } = isolate();

    expect(alice.order(TARGETS, null, { kind: "vertex", location: "eu" }).targets).toEqual(TARGETS);
  });

  it("starts with a forced target", () => {
    expect(orderOf(isolate().alice, "vertex/us-east5").targets).toEqual(["vertex/us-east5", "anthropic"]);
  });

  it("starts with a forced target even if its circuit is open", () => {
    const { alice } = isolate();

    fail(alice, ANTHROPIC, 5);

    expect(orderOf(alice, "anthropic")).toEqual(IN_PLACE);
  });

  it("is the chain's order if the forced target is not in the chain", () => {
    expect(orderOf(isolate().alice, "vertex/eu")).toEqual(IN_PLACE);
  });

  it("lets one request of a client probe after `openMs`", () => {
    const { alice } = isolate();
    fail(alice, ANTHROPIC, 5);

    vi.advanceTimersByTime(30_000);

    expect([orderOf(alice), orderOf(alice)]).toEqual([IN_PLACE, ANTHROPIC_LAST]);
  });

  it("lets another request probe after the probe was released", () => {
    const { alice } = isolate();
    fail(alice, ANTHROPIC, 5);
    vi.advanceTimersByTime(30_000);
    orderOf(alice);

    alice.releaseProbe(ANTHROPIC);

    expect(orderOf(alice)).toEqual(IN_PLACE);
  });

  it("lets no other request probe when a request without the probe ends", () => {
    const { alice, aliceAgain } = isolate();
    fail(alice, ANTHROPIC, 5);
    vi.advanceTimersByTime(30_000);
    orderOf(alice);

    aliceAgain.releaseProbe(ANTHROPIC);

    expect(orderOf(aliceAgain)).toEqual(ANTHROPIC_LAST);
  });
});

describe("a retry-after", () => {
  it.each([
    ["60", 60_000],
    ["0.5", 30_000],
    ["100000", 300_000],
    ["1e99", 300_000],
    ["Wed, 21 Oct 2026 07:28:00 GMT", 30_000],
    ["-60", 30_000],
    ["", 30_000],
  ])("of %j keeps the circuit open for %i ms", (retryAfter, openMs) => {
    const { alice } = isolate();
    fail(alice, ANTHROPIC, 5, { "retry-after": retryAfter });

    vi.advanceTimersByTime(openMs - 1);
    const before = orderOf(alice);
    vi.advanceTimersByTime(1);

    expect([before, orderOf(alice)]).toEqual([ANTHROPIC_LAST, IN_PLACE]);
  });
});

describe("an account at its limit", () => {
  it.each([
    [429, "enforced_spend_limit_reached", {}, 300_000],
    [429, "contract_spend_limit_reached", { "retry-after": "1" }, 300_000],
    [429, "ramp_limit_exceeded", { "retry-after": "60" }, 60_000],
    [429, "ramp_limit_exceeded", {}, 30_000],
  ])("(%i %s with %j) keeps the circuit open for %i ms", (status, code, headers, openMs) => {
    const { alice, bob } = isolate();
    const limit = accountLimit(status, code);
    alice.failed(ANTHROPIC, { ...ownFailure(code, status, "m", headers), ...(limit && { limit }) }, "target");

    vi.advanceTimersByTime(openMs - 1);
    const before = [orderOf(alice), orderOf(bob)];
    vi.advanceTimersByTime(1);

    expect(before).toEqual([ANTHROPIC_LAST, ANTHROPIC_LAST]);
    expect([orderOf(alice), orderOf(bob)]).toEqual([IN_PLACE, IN_PLACE]);
  });
});

describe("a drilled target", () => {
  it("does not count as failed", () => {
    const { alice } = isolate("anthropic");

    fail(alice, ANTHROPIC, 5);

    expect(orderOf(alice)).toEqual(IN_PLACE);
  });

  it("does not become a suspect", () => {
    const { alice } = isolate("anthropic");

    alice.hidden(ANTHROPIC);

    expect(alice.mustBeSeen(ANTHROPIC)).toBe(false);
  });

  it("does not close its circuit with an answer", () => {
    const { alice, aliceAgain } = isolate("anthropic");
    fail(aliceAgain, ANTHROPIC, 5);

    alice.answered(ANTHROPIC, "whole");

    expect(orderOf(aliceAgain)).toEqual(ANTHROPIC_LAST);
  });

  it("does not count as failed when its stream is cut", () => {
    const { alice } = isolate("anthropic");

    for (let i = 0; i < 5; i++) alice.streamEnded(ANTHROPIC, { end: { kind: "cut" }, callerWasSlow: false });

    expect(orderOf(alice)).toEqual(IN_PLACE);
  });
});

describe("the end of a stream", () => {
  function ended(end: BodyEnd, callerWasSlow = false, times = 5) {
    const clients = isolate();
    for (let i = 0; i < times; i++) clients.alice.streamEnded(ANTHROPIC, { end, callerWasSlow });
    return { alice: orderOf(clients.alice).open.length > 0, bob: orderOf(clients.bob).open.length > 0 };
  }

  it.each<BodyEnd>([{ kind: "cut" }, { kind: "idle" }, { kind: "error", type: "overloaded_error" }])(
    "counts as a failure for all clients: %j",
    (end) => {
      expect(ended(end)).toEqual({ alice: true, bob: true });
    },
  );

  it.each<BodyEnd>([{ kind: "cut" }, { kind: "idle" }, { kind: "error", type: "overloaded_error" }])(
    "counts as a failure for this client only if the caller was slow: %j",
    (end) => {
      expect(ended(end, true)).toEqual({ alice: true, bob: false });
    },
  );

  it.each(["invalid_request_error", "request_too_large", "authentication_error"])(
    "counts as a failure for this client only if its request may be the cause: %s",
    (type) => {
      expect(ended({ kind: "error", type })).toEqual({ alice: true, bob: false });
    },
  );

  it.each<BodyEnd>([{ kind: "complete" }, { kind: "client_left" }, { kind: "client_stalled" }])(
    "does not count as a failure: %j",
    (end) => {
      expect(ended(end, true, 99)).toEqual({ alice: false, bob: false });
    },
  );

  it("counts as a failure for all clients after a rate_limit_error", () => {
    expect(ended({ kind: "error", type: "rate_limit_error" })).toEqual({ alice: true, bob: true });
  });

  it.each([4, 5])("resets the count after message_stop, with %i failures before it", (failures) => {
    const { alice } = isolate();
    fail(alice, ANTHROPIC, failures);

    alice.streamEnded(ANTHROPIC, { end: { kind: "complete" }, callerWasSlow: false });
    fail(alice, ANTHROPIC, 4);

    expect(orderOf(alice)).toEqual(IN_PLACE);
  });

  it("opens the circuit again if the stream is cut after its beginning had closed it", () => {
    const { alice } = isolate();
    fail(alice, ANTHROPIC, 5);
    alice.answered(ANTHROPIC, "begun");

    alice.streamEnded(ANTHROPIC, { end: { kind: "cut" }, callerWasSlow: false });

    expect(orderOf(alice)).toEqual(ANTHROPIC_LAST);
  });
});

it("openCircuits names the shared circuits and the client's own", () => {
  const { alice, bob } = isolate();

  fail(alice, ANTHROPIC, 5);

  expect({ alice: alice.openCircuits(), bob: bob.openCircuits() }).toEqual({
    alice: ["alice|anthropic m", "anthropic m"],
    bob: ["anthropic m"],
  });
});

describe("the neighbours", () => {
  /** A request of an isolate whose counter is full. */
  function surrounded(...drilled: string[]) {
    const keys: string[] = [];
    const kept: Promise<unknown>[] = [];
    const breaker = new CircuitBreaker(LIMITS);
    const counter = {
      limit: async ({ key }: { key: string }) => {
        keys.push(key);
        return { success: false };
      },
    };
    const surroundings = {
      neighbours: new Neighbours(counter, breaker),
      keepAlive: { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) },
    };
    const health = new TargetHealth(breaker, { client: "alice", model: "m" }, new Set(drilled), surroundings);
    return { health, keys, settled: () => Promise.all(kept) };
  }

  it("are told of a failure of the target, which the request does not wait for", async () => {
    const { health, keys, settled } = surrounded();

    fail(health, ANTHROPIC, 1);
    const meanwhile = orderOf(health);
    await settled();

    expect(keys).toEqual(["anthropic m"]);
    expect([meanwhile, orderOf(health)]).toEqual([IN_PLACE, ANTHROPIC_LAST]);
  });

  it("are told of a stream that the target has cut", async () => {
    const { health, keys } = surrounded();

    health.streamEnded(VERTEX, { end: { kind: "cut" } as BodyEnd, callerWasSlow: false });

    expect(keys).toEqual(["vertex/us-east5 m"]);
  });

  it("are not told of answers, of drills, or of failures that the caller may have caused", () => {
    const { health, keys } = surrounded("vertex/us-east5");

    health.answered(ANTHROPIC, "begun");
    health.answered(ANTHROPIC, "whole");
    fail(health, VERTEX, 1);
    health.streamEnded(VERTEX, { end: { kind: "cut" } as BodyEnd, callerWasSlow: false });
    health.failed(ANTHROPIC, ownFailure("403", 403, "m"), "unclear");
    health.failed(ANTHROPIC, ownFailure("400", 400, "m"), "nobody");
    health.streamEnded(ANTHROPIC, { end: { kind: "cut" } as BodyEnd, callerWasSlow: true });
    health.hidden(ANTHROPIC);

    expect(keys).toEqual([]);
  });
});
