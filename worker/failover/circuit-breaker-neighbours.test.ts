/** What the neighbours' failures do to a shared circuit. */
import { describe, expect, it } from "vitest";
import type { Blame } from "../response/blame.ts";
import { ANTHROPIC } from "../targets/target.ts";
import { CircuitBreaker, type Requester } from "./circuit-breaker.ts";

const LIMITS = { failures: 5, windowMs: 30_000, openMs: 30_000 };
const ALICE: Requester = { client: "alice", model: "m" };
const BOB: Requester = { client: "bob", model: "m" };
const REPORT = { retryAfterMs: 0, quietMs: 10_000 };

function fail(breaker: CircuitBreaker, nowMs: number, failing: { blame?: Blame; status?: number } = {}) {
  const { blame = "target", status = 529 } = failing;
  return breaker.failed(ANTHROPIC, ALICE, { blame, status, retryAfterMs: 0 }, nowMs);
}

describe("a failure counts in", () => {
  it.each<[string, { blame?: Blame; status?: number }, string | undefined]>([
    ["the circuit of the target and model", {}, "anthropic m"],
    ["the circuit of the target, if the credential is refused", { status: 401 }, "anthropic"],
    ["no shared circuit, if the caller may have caused it", { blame: "unclear", status: 403 }, undefined],
    ["no circuit, if it says nothing about the target", { blame: "nobody", status: 400 }, undefined],
  ])("%s", (_what, failing, shared) => {
    expect(fail(new CircuitBreaker(LIMITS), 0, failing)).toBe(shared);
  });
});

describe("if the neighbours have seen enough failures", () => {
  it("one failure opens the circuit for all clients, and the log says why", () => {
    const breaker = new CircuitBreaker(LIMITS);
    fail(breaker, 0);

    breaker.openByNeighbours("anthropic m", REPORT, 0);

    expect(breaker.isOpen(ANTHROPIC, ALICE, 29_999)).toBe(true);
    expect(breaker.isOpen(ANTHROPIC, BOB, 29_999)).toBe(true);
    expect(breaker.openCircuits(BOB)).toEqual(["anthropic m by neighbours"]);
  });

  it("the circuit stays open for the failure's `retry-after`", () => {
    const breaker = new CircuitBreaker(LIMITS);
    fail(breaker, 0);

    breaker.openByNeighbours("anthropic m", { ...REPORT, retryAfterMs: 60_000 }, 0);

    expect(breaker.isOpen(ANTHROPIC, ALICE, 59_999)).toBe(true);
  });

  it.each(["begun", "whole"] as const)("an answer closes the circuit: %s", (how) => {
    const breaker = new CircuitBreaker(LIMITS);
    fail(breaker, 0);
    breaker.openByNeighbours("anthropic m", REPORT, 0);

    breaker.answered(ANTHROPIC, ALICE, how, 30_000);

    expect(breaker.openCircuits(ALICE)).toEqual([]);
  });

  it("a circuit that its own failures open again is not called the neighbours'", () => {
    const breaker = new CircuitBreaker(LIMITS);
    fail(breaker, 0);
    breaker.openByNeighbours("anthropic m", REPORT, 0);
    breaker.answered(ANTHROPIC, ALICE, "begun", 30_000);

    fail(breaker, 30_000);

    expect(breaker.openCircuits(BOB)).toEqual(["anthropic m"]);
  });

  it.each(["begun", "whole"] as const)("an answer in the last ten seconds keeps the circuit closed: %s", (how) => {
    const breaker = new CircuitBreaker(LIMITS);
    breaker.answered(ANTHROPIC, BOB, how, 0);
    fail(breaker, 9_999);

    breaker.openByNeighbours("anthropic m", REPORT, 9_999);
    const before = breaker.isOpen(ANTHROPIC, ALICE, 9_999);
    breaker.openByNeighbours("anthropic m", REPORT, 10_000);

    expect([before, breaker.isOpen(ANTHROPIC, ALICE, 10_000)]).toEqual([false, true]);
  });

  it("an answer after the failure keeps the circuit closed", () => {
    const breaker = new CircuitBreaker(LIMITS);
    fail(breaker, 0);
    breaker.answered(ANTHROPIC, BOB, "whole", 1);

    breaker.openByNeighbours("anthropic m", REPORT, 60_000);

    expect(breaker.openCircuits(ALICE)).toEqual([]);
  });

  it("an answer of another model says nothing about this one, but about the credential", () => {
    const breaker = new CircuitBreaker(LIMITS);
    breaker.answered(ANTHROPIC, { client: "bob", model: "other" }, "whole", 0);
    fail(breaker, 0);
    fail(breaker, 0, { status: 401 });

    breaker.openByNeighbours("anthropic m", REPORT, 0);
    breaker.openByNeighbours("anthropic", REPORT, 0);

    expect(breaker.openCircuits(BOB)).toEqual(["anthropic m by neighbours"]);
  });

  it("an open circuit stays as it is", () => {
    const breaker = new CircuitBreaker(LIMITS);
    for (let index = 0; index < 5; index++) fail(breaker, 0);

    breaker.openByNeighbours("anthropic m", REPORT, 20_000);

    expect(breaker.openCircuits(BOB)).toEqual(["anthropic m"]);
    expect(breaker.isOpen(ANTHROPIC, BOB, 30_000)).toBe(false);
  });
});
