import { describe, expect, it } from "vitest";
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
  nowMs?: number;
}

function fail(breaker: CircuitBreaker, times: number, failing: Failing = {}): void {
  const {
    target = ANTHROPIC,
    requester = ALICE,
    blame = "target",
    status = 529,
    retryAfterMs = 0,
    nowMs = 0,
  } = failing;
  for (let i = 0; i < times; i++) breaker.failed(target, requester, { blame, status, retryAfterMs }, nowMs);
}

/** A breaker after so many failures of Anthropic's, all at the beginning of time. */
function after(times: number, failing: Failing = {}): CircuitBreaker {
  const breaker = new CircuitBreaker(LIMITS);
  fail(breaker, times, failing);
  return breaker;
}

describe("a circuit", () => {
  it("stays closed until five failures in a row", () => {
    const breaker = after(4);

    expect(breaker.isOpen(ANTHROPIC, ALICE, 0)).toBe(false);
    expect(breaker.openCircuits(ALICE)).toEqual([]);
  });

  it("opens with the fifth", () => {
    expect(after(5).isOpen(ANTHROPIC, ALICE, 0)).toBe(true);
  });

  it("counts anew after a whole answer", () => {
    const breaker = after(4);
    breaker.answered(ANTHROPIC, ALICE, "whole", 0);

    fail(breaker, 4);

    expect(breaker.isOpen(ANTHROPIC, ALICE, 0)).toBe(false);
  });

  it("forgets failures that are older than its window", () => {
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
    ["longer than usual", 60_000, 60_000],
    ["shorter than usual", 1_000, 30_000],
    ["up to ten times as long", 300_000, 300_000],
    ["longer than that", 86_400_000, 300_000],
  ])("stays open as long as the target asks: %s", (_what, retryAfterMs, expectedMs) => {
    const breaker = after(5, { retryAfterMs });

    expect(breaker.isOpen(ANTHROPIC, ALICE, expectedMs - 1)).toBe(true);
    expect(breaker.isOpen(ANTHROPIC, ALICE, expectedMs)).toBe(false);
  });

  it("does not stay open for longer because failures go on", () => {
    const breaker = after(5);

    fail(breaker, 5, { nowMs: 20_000 });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 30_000)).toBe(false);
  });

  it("is one of a target and a model", () => {
    const breaker = after(5);

    expect(breaker.isOpen(VERTEX, ALICE, 0)).toBe(false);
    expect(breaker.isOpen(ANTHROPIC, { ...ALICE, model: "other" }, 0)).toBe(false);
  });

  it.each([401, 402])("is one of a target for every model after %i: credential and bill are one", (status) => {
    const breaker = after(5, { status });

    expect(breaker.isOpen(ANTHROPIC, { ...BOB, model: "other" }, 0)).toBe(true);
    expect(breaker.isOpen(VERTEX, BOB, 0)).toBe(false);
  });
});

describe("an open circuit", () => {
  it("closes with the beginning of an answer", () => {
    const breaker = after(5);

    breaker.answered(ANTHROPIC, ALICE, "begun", 30_000);

    expect(breaker.isOpen(ANTHROPIC, ALICE, 30_000)).toBe(false);
    expect(breaker.openCircuits(ALICE)).toEqual([]);
  });

  it("opens again with the next failure after the beginning of an answer", () => {
    const breaker = after(5);
    breaker.answered(ANTHROPIC, ALICE, "begun", 30_000);

    fail(breaker, 1, { nowMs: 30_001 });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 30_001)).toBe(true);
    expect(breaker.isOpen(ANTHROPIC, BOB, 30_001)).toBe(true);
  });

  it("needs five failures again after a whole answer", () => {
    const breaker = after(5);
    breaker.answered(ANTHROPIC, ALICE, "begun", 30_000);
    breaker.answered(ANTHROPIC, ALICE, "whole", 30_001);

    fail(breaker, 4, { nowMs: 30_002 });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 30_002)).toBe(false);
  });
});

describe("the beginning of an answer", () => {
  it("takes back no failures of a circuit that is closed", () => {
    const breaker = after(4);
    breaker.answered(ANTHROPIC, ALICE, "begun", 1);

    fail(breaker, 1, { nowMs: 2 });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 2)).toBe(true);
  });

  it.each([0, 1])("counts as no failure of a circuit that is closed, after %i failures", (times) => {
    const breaker = after(times);
    breaker.answered(ANTHROPIC, ALICE, "begun", 1);

    fail(breaker, 4 - times, { nowMs: 2 });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 2)).toBe(false);
  });
});

describe("a probe", () => {
  it("is let through once, after the open time", () => {
    const breaker = after(5);

    const asked = [29_999, 30_000, 30_000].map((nowMs) => breaker.isOpen(ANTHROPIC, ALICE, nowMs));

    expect(asked).toEqual([true, false, true]);
  });

  it("is let through for each client", () => {
    const breaker = after(5);

    const asked = [ALICE, BOB, ALICE, BOB].map((requester) => breaker.isOpen(ANTHROPIC, requester, 30_000));

    expect(asked).toEqual([false, false, true, true]);
  });

  it("must be seen, as every answer of a target whose circuit is open", () => {
    const breaker = after(5);

    expect(breaker.mustBeSeen(ANTHROPIC, ALICE, 29_999)).toBe(true);
    expect(breaker.mustBeSeen(ANTHROPIC, BOB, 30_000)).toBe(true);
  });

  it("opens the circuit anew if it fails", () => {
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

  it("is given up after a minute", () => {
    const breaker = after(5);
    breaker.isOpen(ANTHROPIC, ALICE, 30_000);

    expect([89_999, 90_000].map((nowMs) => breaker.isOpen(ANTHROPIC, ALICE, nowMs))).toEqual([true, false]);
  });

  it.each<[string, (breaker: CircuitBreaker, requester: Requester) => void]>([
    ["releases the probe", (breaker, requester) => breaker.releaseProbe(ANTHROPIC, requester)],
    ["fails because of nobody", (breaker, requester) => fail(breaker, 1, { requester, blame: "nobody" })],
  ])("stays the only one where another request of its client %s", (_what, giveBack) => {
    const breaker = after(5);
    breaker.isOpen(ANTHROPIC, ALICE, 30_000);

    giveBack(breaker, { ...ALICE });

    expect(breaker.isOpen(ANTHROPIC, ALICE, 30_000)).toBe(true);
  });

  it.each<[string, (breaker: CircuitBreaker) => void]>([
    ["it was never sent", (breaker) => breaker.releaseProbe(ANTHROPIC, ALICE)],
    ["it met a failure that says nothing", (breaker) => fail(breaker, 1, { blame: "nobody", nowMs: 30_000 })],
  ])("is given back where %s", (_why, giveBack) => {
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
