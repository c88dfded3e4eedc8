import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ownFailure } from "../errors.ts";
import type { BodyEnd } from "../response/relay.ts";
import { ANTHROPIC, type Target, targetName } from "../targets/target.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
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
 * Requests of two clients in one isolate; the first client's first request drills what it is told
 * to.
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
  it("is the chain's while all are well", () => {
    expect(orderOf(isolate().alice)).toEqual(IN_PLACE);
  });

  it("has a target with an open circuit last", () => {
    const { alice } = isolate();

    fail(alice, ANTHROPIC, 5);

    expect(orderOf(alice)).toEqual(ANTHROPIC_LAST);
  });

  it("has every target even if all circuits are open", () => {
    const { alice } = isolate();
    fail(alice, ANTHROPIC, 5);
    fail(alice, VERTEX, 5);

    expect(orderOf(alice)).toEqual({
      targets: ["anthropic", "vertex/us-east5"],
      open: ["anthropic", "vertex/us-east5"],
    });
  });

  it("has a forced target first", () => {
    expect(orderOf(isolate().alice, "vertex/us-east5").targets).toEqual(["vertex/us-east5", "anthropic"]);
  });

  it("has a forced target first though its circuit is open", () => {
    const { alice } = isolate();

    fail(alice, ANTHROPIC, 5);

    expect(orderOf(alice, "anthropic")).toEqual(IN_PLACE);
  });

  it("is the chain's where the forced target is not in it", () => {
    expect(orderOf(isolate().alice, "vertex/eu")).toEqual(IN_PLACE);
  });

  it("lets one request of a client probe after the open time", () => {
    const { alice } = isolate();
    fail(alice, ANTHROPIC, 5);

    vi.advanceTimersByTime(30_000);

    expect([orderOf(alice), orderOf(alice)]).toEqual([IN_PLACE, ANTHROPIC_LAST]);
  });

  it("lets another request probe where the probe was given back", () => {
    const { alice } = isolate();
    fail(alice, ANTHROPIC, 5);
    vi.advanceTimersByTime(30_000);
    orderOf(alice);

    alice.releaseProbe(ANTHROPIC);

    expect(orderOf(alice)).toEqual(IN_PLACE);
  });

  it("lets no other request probe where a request that was not the probe has ended", () => {
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

describe("a drilled target", () => {
  it("is not held to have failed", () => {
    const { alice } = isolate("anthropic");

    fail(alice, ANTHROPIC, 5);

    expect(orderOf(alice)).toEqual(IN_PLACE);
  });

  it("does not become a suspect", () => {
    const { alice } = isolate("anthropic");

    alice.hidden(ANTHROPIC);

    expect(alice.mustBeSeen(ANTHROPIC)).toBe(false);
  });

  it("is not held to be well again", () => {
    const { alice, aliceAgain } = isolate("anthropic");
    fail(aliceAgain, ANTHROPIC, 5);

    alice.answered(ANTHROPIC, "whole");

    expect(orderOf(aliceAgain)).toEqual(ANTHROPIC_LAST);
  });

  it("is not held to have failed by the end of its stream", () => {
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
    "counts against its target for everybody: %j",
    (end) => {
      expect(ended(end)).toEqual({ alice: true, bob: true });
    },
  );

  it.each<BodyEnd>([{ kind: "cut" }, { kind: "idle" }, { kind: "error", type: "overloaded_error" }])(
    "counts against its target for the client alone whose caller was slow: %j",
    (end) => {
      expect(ended(end, true)).toEqual({ alice: true, bob: false });
    },
  );

  it.each(["invalid_request_error", "request_too_large", "authentication_error"])(
    "counts for the client alone where its own request may be why: %s",
    (type) => {
      expect(ended({ kind: "error", type })).toEqual({ alice: true, bob: false });
    },
  );

  it.each<BodyEnd>([{ kind: "complete" }, { kind: "client_left" }, { kind: "client_stalled" }])(
    "counts against nobody: %j",
    (end) => {
      expect(ended(end, true, 99)).toEqual({ alice: false, bob: false });
    },
  );

  it("counts for everybody where the error says that there were too many requests", () => {
    expect(ended({ kind: "error", type: "rate_limit_error" })).toEqual({ alice: true, bob: true });
  });

  it.each([4, 5])("with message_stop takes back all %i failures before it", (failures) => {
    const { alice } = isolate();
    fail(alice, ANTHROPIC, failures);

    alice.streamEnded(ANTHROPIC, { end: { kind: "complete" }, callerWasSlow: false });
    fail(alice, ANTHROPIC, 4);

    expect(orderOf(alice)).toEqual(IN_PLACE);
  });

  it("opens the circuit again that its beginning has closed", () => {
    const { alice } = isolate();
    fail(alice, ANTHROPIC, 5);
    alice.answered(ANTHROPIC, "begun");

    alice.streamEnded(ANTHROPIC, { end: { kind: "cut" }, callerWasSlow: false });

    expect(orderOf(alice)).toEqual(ANTHROPIC_LAST);
  });
});

it("openCircuits are those that the client may know of", () => {
  const { alice, bob } = isolate();

  fail(alice, ANTHROPIC, 5);

  expect({ alice: alice.openCircuits(), bob: bob.openCircuits() }).toEqual({
    alice: ["alice|anthropic m", "anthropic m"],
    bob: ["anthropic m"],
  });
});
