/**
 * A client can change the order of targets for other clients only by failures that no caller can
 * cause.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Blame } from "../response/blame.ts";
import { ANTHROPIC, type Target } from "../targets/target.ts";
import { CircuitBreaker, type FailureReport, type Requester } from "./circuit-breaker.ts";

const VERTEX: Target = { kind: "vertex", location: "us-east5" };
const LIMITS = { failures: 5, windowMs: 30_000, openMs: 30_000 };
const ALICE: Requester = { client: "alice", model: "m" };
const BOB: Requester = { client: "bob", model: "m" };

const reportOf = (blame: Blame, status = 529): FailureReport => ({ blame, status, retryAfterMs: 0 });

function fail(breaker: CircuitBreaker, requester: Requester, blame: Blame, times: number): void {
  for (let i = 0; i < times; i++) breaker.failed(ANTHROPIC, requester, reportOf(blame), 0);
}

function openFor(breaker: CircuitBreaker, nowMs = 0) {
  return { alice: breaker.isOpen(ANTHROPIC, ALICE, nowMs), bob: breaker.isOpen(ANTHROPIC, BOB, nowMs) };
}

describe("a failure", () => {
  it.each<[Blame, object]>([
    ["target", { alice: true, bob: true }],
    ["unclear", { alice: true, bob: false }],
    ["nobody", { alice: false, bob: false }],
  ])("with the blame %s opens the circuit for: %j", (blame, expected) => {
    const breaker = new CircuitBreaker(LIMITS);

    fail(breaker, ALICE, blame, 5);

    expect(openFor(breaker)).toEqual(expected);
  });

  it("with the blame target counts together with those of other clients", () => {
    const breaker = new CircuitBreaker(LIMITS);

    fail(breaker, ALICE, "target", 3);
    fail(breaker, BOB, "target", 2);

    expect(breaker.isOpen(ANTHROPIC, { client: "carol", model: "m" }, 0)).toBe(true);
  });
});

describe("a hidden failure", () => {
  it("makes the target a suspect for this client and model only", () => {
    const breaker = new CircuitBreaker(LIMITS);

    breaker.hidden(ANTHROPIC, ALICE, 0);

    expect(breaker.mustBeSeen(ANTHROPIC, ALICE, 0)).toBe(true);
    expect(breaker.mustBeSeen(ANTHROPIC, BOB, 0)).toBe(false);
    expect(breaker.mustBeSeen(ANTHROPIC, { ...ALICE, model: "other" }, 0)).toBe(false);
  });

  it("is forgotten after the window", () => {
    const breaker = new CircuitBreaker(LIMITS);

    breaker.hidden(ANTHROPIC, ALICE, 0);

    expect([29_999, 30_000].map((nowMs) => breaker.mustBeSeen(ANTHROPIC, ALICE, nowMs))).toEqual([true, false]);
  });

  it("alone does not open a circuit", () => {
    const breaker = new CircuitBreaker(LIMITS);

    for (let i = 0; i < 99; i++) breaker.hidden(ANTHROPIC, ALICE, 0);

    expect(openFor(breaker)).toEqual({ alice: false, bob: false });
  });

  it.each<Blame>(["target", "unclear"])("opens the client's own circuit together with a known one: %s", (blame) => {
    const breaker = new CircuitBreaker(LIMITS);
    breaker.hidden(ANTHROPIC, ALICE, 0);

    fail(breaker, ALICE, blame, 1);

    expect(openFor(breaker)).toEqual({ alice: true, bob: false });
  });

  it("does not open a circuit with a high limit, even together with a known one", () => {
    const breaker = new CircuitBreaker({ ...LIMITS, failures: 1_000_000 });
    breaker.hidden(ANTHROPIC, ALICE, 0);

    fail(breaker, ALICE, "target", 1);

    expect(openFor(breaker)).toEqual({ alice: false, bob: false });
  });

  it("adds to the next known failure only", () => {
    const breaker = new CircuitBreaker({ ...LIMITS, failures: 7 });
    breaker.hidden(ANTHROPIC, ALICE, 0);

    fail(breaker, ALICE, "unclear", 2);

    expect(openFor(breaker).alice).toBe(false);
  });

  it.each<[string, (breaker: CircuitBreaker) => void, boolean]>([
    ["is forgotten after an answer", (breaker) => breaker.answered(ANTHROPIC, ALICE, "begun", 0), false],
    ["is forgotten after a known failure", (breaker) => fail(breaker, ALICE, "unclear", 1), false],
    ["is kept after a caller's error", (breaker) => breaker.releaseProbe(ANTHROPIC, ALICE), true],
    ["is kept after a failure without blame", (breaker) => fail(breaker, ALICE, "nobody", 1), true],
  ])("%s", (_what, happen, mustBeSeen) => {
    const breaker = new CircuitBreaker({ ...LIMITS, failures: 100 });
    breaker.hidden(ANTHROPIC, ALICE, 0);

    happen(breaker);

    expect(breaker.mustBeSeen(ANTHROPIC, ALICE, 0)).toBe(mustBeSeen);
  });
});

describe("any events of another client without a failure of the target", () => {
  const target = fc.constantFrom(ANTHROPIC, VERTEX);
  const model = fc.constantFrom("m", "other");
  const status = fc.constantFrom(400, 401, 402, 403, 404, 408, 413, 502, 504);
  const event = fc.oneof(
    fc.record({ kind: fc.constant("fails" as const), blame: fc.constantFrom<Blame>("unclear", "nobody"), status }),
    fc.record({ kind: fc.constantFrom("hides", "is asked", "is looked at", "gives back" as const) }),
  );
  const aliceEvents = fc.array(fc.tuple(event, target, model, fc.nat(20_000)), { maxLength: 40 });
  /**
   * Failures of the targets before Alice's events, so that circuits may be open or ready for a
   * probe.
   */
  const before = fc.array(fc.tuple(target, model, fc.constantFrom(401, 529)), { maxLength: 12 });

  it("change neither the order of targets nor the suspects", () => {
    fc.assert(
      fc.property(before, aliceEvents, (failures, events) => {
        const [busy, quiet] = [new CircuitBreaker(LIMITS), new CircuitBreaker(LIMITS)];
        for (const breaker of [busy, quiet]) {
          for (const [failed, of, code] of failures) {
            breaker.failed(failed, { client: "carol", model: of }, reportOf("target", code), 0);
          }
        }
        const seenBy = (breaker: CircuitBreaker, nowMs: number) =>
          [ANTHROPIC, VERTEX].map((asked) => [
            breaker.isOpen(asked, BOB, nowMs),
            breaker.mustBeSeen(asked, BOB, nowMs),
          ]);
        let nowMs = 0;
        for (const [happened, of, name, waitMs] of events) {
          nowMs += waitMs;
          const alice = { client: "alice", model: name };
          switch (happened.kind) {
            case "fails":
              busy.failed(of, alice, reportOf(happened.blame, happened.status), nowMs);
              break;
            case "hides":
              busy.hidden(of, alice, nowMs);
              break;
            case "is asked":
              busy.isOpen(of, alice, nowMs);
              break;
            case "is looked at":
              busy.mustBeSeen(of, alice, nowMs);
              break;
            case "gives back":
              busy.releaseProbe(of, alice);
          }
          expect(seenBy(busy, nowMs)).toEqual(seenBy(quiet, nowMs));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
