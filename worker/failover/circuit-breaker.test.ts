import { describe, expect, it } from "vitest";
import { type AccountLimit, accountLimit } from "../response/account-limits.ts";
import type { Blame } from "../response/blame.ts";
import { ANTHROPIC, type Target } from "../targets/target.ts";
import { CircuitBreaker, type Requester } from "./circuit-breaker.ts";

const VERTEX: Target = { kind: "vertex", location: "us-east5" };
const LIMITS = { failures: 5, windowMs: 30_000, openMs: 30_000 };
const ALICE: Requester = { client: "alice", model: "m" };
const BOB: Requester = { client: "bob", model: "m" };

interface Failing {
  target?: Target;
  requester?: Requester;
  blame?: Blame;
  status?: number;
  retryAfterMs?: number;
  limit?: AccountLimit | undefined;
  nowMs?: number;
}

function fail(breaker: CircuitBreaker, times: number, failing: Failing = {}): void {
  const {
    target = ANTHROPIC,
    requester = ALICE,
    blame = "target",
    status = 529,
    retryAfterMs = 0,
    limit,
    nowMs = 0,
  } = failing;
  for (let i = 0; i < times; i++) breaker.failed(target, requester, { blame, status, retryAfterMs, limit }, nowMs);
}

/** A breaker after this many failures of Anthropic, all at the time 0. */
function after(times: number, failing: Failing = {}): CircuitBreaker {
  const breaker = new CircuitBreaker(LIMITS);
  fail(breaker, times, failing);
  return breaker;
}

describe("a circuit", () => {
  it("stays closed after four failures in a row", () => {
    const breaker = after(4);

    expect(breaker.isOpen(ANTHROPIC, ALICE, 0)).toBe(false);
    expect(breaker.openCircuits(ALICE)).toEqual([]);
  });

  it("opens after five failures in a row", () => {
    expect(after(5).isOpen(ANTHROPIC, ALICE, 0)).toBe(true);
  });

  it("starts to count again after a complete answer", () => {
    const breaker = after(4);
    breaker.answered(ANTHROPIC, ALICE, "whole", 0);

    fail(breaker, 4);

    expect(breaker.isOpen(ANTHROPIC, ALICE, 0)).toBe(false);
  });

  it("does not count failures from before its window", () => {
    const breaker = after(4);

    fail(breaker, 4, { nowMs: 30_000 });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 30_000)).toBe(false);
  });

  it("counts failures up to the end of its window", () => {
    const breaker = after(4, { nowMs: 0 });

    fail(breaker, 1, { nowMs: 29_999 });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 29_999)).toBe(true);
  });

  it.each([
    ["longer than `openMs`", 60_000, 60_000],
    ["at least `openMs`", 1_000, 30_000],
    ["up to ten times `openMs`", 300_000, 300_000],
    ["not longer than that", 86_400_000, 300_000],
  ])("stays open for the target's retry-after: %s", (_what, retryAfterMs, expectedMs) => {
    const breaker = after(5, { retryAfterMs });

    expect(breaker.isOpen(ANTHROPIC, ALICE, expectedMs - 1)).toBe(true);
    expect(breaker.isOpen(ANTHROPIC, ALICE, expectedMs)).toBe(false);
  });

  it("does not stay open longer because of more failures", () => {
    const breaker = after(5);

    fail(breaker, 5, { nowMs: 20_000 });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 30_000)).toBe(false);
  });

  it("belongs to one target and one model", () => {
    const breaker = after(5);

    expect(breaker.isOpen(VERTEX, ALICE, 0)).toBe(false);
    expect(breaker.isOpen(ANTHROPIC, { ...ALICE, model: "other" }, 0)).toBe(false);
  });

  it.each([401, 402])("covers all models of a target after a %i, because they share our account", (status) => {
    const breaker = after(5, { status });

    expect(breaker.isOpen(ANTHROPIC, { ...BOB, model: "other" }, 0)).toBe(true);
    expect(breaker.isOpen(VERTEX, BOB, 0)).toBe(false);
  });
});

describe("an account at its limit", () => {
  const SPENT = { status: 429, limit: accountLimit(429, "enforced_spend_limit_reached") };
  const RAMP = { status: 429, limit: accountLimit(429, "ramp_limit_exceeded") };
  const LINKED = { status: 402, limit: accountLimit(402, "linked_organization_spend_limit_reached") };

  it.each([SPENT, RAMP])("opens the circuit with one failure: $limit.code", (limited) => {
    const breaker = after(1, limited);

    expect([ALICE, BOB].map((requester) => breaker.isOpen(ANTHROPIC, requester, 0))).toEqual([true, true]);
  });

  it("concerns all models if waiting does not help", () => {
    expect(after(1, SPENT).isOpen(ANTHROPIC, { ...BOB, model: "other" }, 0)).toBe(true);
    expect(after(1, RAMP).isOpen(ANTHROPIC, { ...BOB, model: "other" }, 0)).toBe(false);
  });

  it("opens only the client's own circuit if the blame is unclear", () => {
    const breaker = after(1, { ...SPENT, blame: "unclear" });

    expect([ALICE, BOB].map((requester) => breaker.isOpen(ANTHROPIC, requester, 0))).toEqual([true, false]);
  });

  it("counts once if the request chose the account, because other requests may choose another one", () => {
    expect(after(4, { ...LINKED, blame: "unclear" }).isOpen(ANTHROPIC, ALICE, 0)).toBe(false);
  });

  it("leaves a higher `breaker.failures` in force", () => {
    const breaker = new CircuitBreaker({ ...LIMITS, failures: 6 });

    fail(breaker, 1, SPENT);
    const afterOne = breaker.isOpen(ANTHROPIC, ALICE, 0);
    fail(breaker, 1, SPENT);

    expect([afterOne, breaker.isOpen(ANTHROPIC, ALICE, 0)]).toEqual([false, true]);
  });

  it("is probed once in the open time, by each client", () => {
    const breaker = after(1, SPENT);
    const models = [ALICE, { ...ALICE, model: "other" }];

    const asked = models.map((requester) => breaker.isOpen(ANTHROPIC, requester, 30_000));

    expect(asked).toEqual([false, true]);
  });
});

describe("an open circuit", () => {
  it("closes when an answer begins", () => {
    const breaker = after(5);

    breaker.answered(ANTHROPIC, ALICE, "begun", 30_000);

    expect(breaker.isOpen(ANTHROPIC, ALICE, 30_000)).toBe(false);
    expect(breaker.openCircuits(ALICE)).toEqual([]);
  });

  it("opens again after one failure if the answer had only begun", () => {
    const breaker = after(5);
    breaker.answered(ANTHROPIC, ALICE, "begun", 30_000);

    fail(breaker, 1, { nowMs: 30_001 });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 30_001)).toBe(true);
    expect(breaker.isOpen(ANTHROPIC, BOB, 30_001)).toBe(true);
  });

  it("needs five failures again after a complete answer", () => {
    const breaker = after(5);
    breaker.answered(ANTHROPIC, ALICE, "begun", 30_000);
    breaker.answered(ANTHROPIC, ALICE, "whole", 30_001);

    fail(breaker, 4, { nowMs: 30_002 });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 30_002)).toBe(false);
  });
});

describe("the beginning of an answer", () => {
  it("does not reset the count of a closed circuit", () => {
    const breaker = after(4);
    breaker.answered(ANTHROPIC, ALICE, "begun", 1);

    fail(breaker, 1, { nowMs: 2 });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 2)).toBe(true);
  });

  it.each([0, 1])("does not count as a failure of a closed circuit, after %i failures", (times) => {
    const breaker = after(times);
    breaker.answered(ANTHROPIC, ALICE, "begun", 1);

    fail(breaker, 4 - times, { nowMs: 2 });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 2)).toBe(false);
  });
});

describe("a probe", () => {
  it("is allowed once after `openMs`", () => {
    const breaker = after(5);

    const asked = [29_999, 30_000, 30_000].map((nowMs) => breaker.isOpen(ANTHROPIC, ALICE, nowMs));

    expect(asked).toEqual([true, false, true]);
  });

  it("is allowed once for each client", () => {
    const breaker = after(5);

    const asked = [ALICE, BOB, ALICE, BOB].map((requester) => breaker.isOpen(ANTHROPIC, requester, 30_000));

    expect(asked).toEqual([false, false, true, true]);
  });

  it("must show its status, like every call to a target with an open circuit", () => {
    const breaker = after(5);

    expect(breaker.mustBeSeen(ANTHROPIC, ALICE, 29_999)).toBe(true);
    expect(breaker.mustBeSeen(ANTHROPIC, BOB, 30_000)).toBe(true);
  });

  it("opens the circuit again if it fails", () => {
    const breaker = after(5);
    breaker.isOpen(ANTHROPIC, ALICE, 30_000);

    fail(breaker, 1, { nowMs: 30_000 });

    expect([59_999, 60_000].map((nowMs) => breaker.isOpen(ANTHROPIC, ALICE, nowMs))).toEqual([true, false]);
  });

  it("closes the circuit if it is answered", () => {
    const breaker = after(5);
    breaker.isOpen(ANTHROPIC, ALICE, 30_000);

    breaker.answered(ANTHROPIC, ALICE, "whole", 30_001);

    expect([ALICE, BOB].map((requester) => breaker.isOpen(ANTHROPIC, requester, 30_001))).toEqual([false, false]);
  });

  it("expires after a minute", () => {
    const breaker = after(5);
    breaker.isOpen(ANTHROPIC, ALICE, 30_000);

    expect([89_999, 90_000].map((nowMs) => breaker.isOpen(ANTHROPIC, ALICE, nowMs))).toEqual([true, false]);
  });

  it.each<[string, (breaker: CircuitBreaker, requester: Requester) => void]>([
    ["releases the probe", (breaker, requester) => breaker.releaseProbe(ANTHROPIC, requester)],
    ["fails without blame for the target", (breaker, requester) => fail(breaker, 1, { requester, blame: "nobody" })],
  ])("stays the only one if another request of the same client %s", (_what, giveBack) => {
    const breaker = after(5);
    breaker.isOpen(ANTHROPIC, ALICE, 30_000);

    giveBack(breaker, { ...ALICE });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 30_000)).toBe(true);
  });

  it.each<[string, (breaker: CircuitBreaker) => void]>([
    ["it was never sent", (breaker) => breaker.releaseProbe(ANTHROPIC, ALICE)],
    ["it failed without blame for the target", (breaker) => fail(breaker, 1, { blame: "nobody", nowMs: 30_000 })],
  ])("is released if %s", (_why, giveBack) => {
    const breaker = after(5);
    breaker.isOpen(ANTHROPIC, ALICE, 30_000);

    giveBack(breaker);

    expect(breaker.isOpen(ANTHROPIC, ALICE, 30_000)).toBe(false);
  });
});

describe("openCircuits", () => {
  it("names the shared circuits and the client's own", () => {
    expect(after(5).openCircuits(ALICE)).toEqual(["alice|anthropic m", "anthropic m"]);
  });

  it("does not name those of other clients", () => {
    expect(after(5).openCircuits(BOB)).toEqual(["anthropic m"]);
  });
});
