import { beforeEach, describe, expect, it } from "vitest";
import { Breaker } from "./breaker.ts";
import { ANTHROPIC, type Target, targetName } from "./target.ts";

const VERTEX: Target = { kind: "vertex", location: "us-east5" };
const LIMITS = { failures: 5, windowMs: 30_000, openMs: 30_000 };

let breaker: Breaker;
beforeEach(() => {
  breaker = new Breaker(LIMITS);
});

function fail(
  times: number,
  { target = ANTHROPIC, model = "m", status = 529, retryAfterMs = 0, nowMs = 0 } = {},
): void {
  for (let i = 0; i < times; i++) breaker.failed(target, model, status, retryAfterMs, nowMs);
}
const order = (model: string, nowMs: number) => breaker.order([ANTHROPIC, VERTEX], model, nowMs).map(targetName);

describe("Breaker", () => {
  it("leaves a target in its place until five failures in a row", () => {
    fail(4);
    expect(order("m", 0)).toEqual(["anthropic", "vertex/us-east5"]);
    expect(breaker.isOpen(ANTHROPIC, "m")).toBe(false);
    expect(breaker.openCircuits()).toEqual([]);
    fail(1);
    expect(order("m", 0)).toEqual(["vertex/us-east5", "anthropic"]);
  });

  it("starts anew after a success", () => {
    fail(4);
    breaker.succeeded(ANTHROPIC, "m");
    fail(4);
    expect(order("m", 0)).toEqual(["anthropic", "vertex/us-east5"]);
  });

  it("forgets failures that are older than its window", () => {
    fail(4, { nowMs: 0 });
    fail(4, { nowMs: 30_000 });
    expect(order("m", 30_000)).toEqual(["anthropic", "vertex/us-east5"]);
    fail(1, { nowMs: 59_999 });
    expect(order("m", 59_999)).toEqual(["vertex/us-east5", "anthropic"]);
  });

  it("lets one request probe after the open time, and no second one meanwhile", () => {
    fail(5);
    expect(order("m", 29_999)).toEqual(["vertex/us-east5", "anthropic"]);
    expect(order("m", 30_000)).toEqual(["anthropic", "vertex/us-east5"]);
    expect(order("m", 30_000)).toEqual(["vertex/us-east5", "anthropic"]);
  });

  it("closes after a probe that succeeds, and opens again after one that fails", () => {
    fail(5);
    order("m", 30_000);
    fail(1, { nowMs: 30_001 });
    expect(order("m", 60_000)).toEqual(["vertex/us-east5", "anthropic"]);
    expect(order("m", 60_001)).toEqual(["anthropic", "vertex/us-east5"]);
    breaker.succeeded(ANTHROPIC, "m");
    expect(order("m", 60_002)).toEqual(["anthropic", "vertex/us-east5"]);
    expect(breaker.openCircuits()).toEqual([]);
  });

  it("sends another probe where one never came back", () => {
    fail(5);
    order("m", 30_000);
    expect(order("m", 89_999)).toEqual(["vertex/us-east5", "anthropic"]);
    expect(order("m", 90_000)).toEqual(["anthropic", "vertex/us-east5"]);
  });

  it.each([
    ["longer than usual", 60_000, 60_000],
    ["shorter than usual", 1_000, 30_000],
    ["beyond all measure", 86_400_000, 300_000],
  ])("stays open as long as the target asks: %s", (_what, retryAfterMs, expectedMs) => {
    fail(5, { retryAfterMs });
    expect(order("m", expectedMs - 1)[0]).toBe("vertex/us-east5");
    expect(order("m", expectedMs)[0]).toBe("anthropic");
  });

  it("does not stay open for longer because failures go on", () => {
    fail(5);
    fail(5, { nowMs: 20_000 });
    expect(order("m", 30_000)[0]).toBe("anthropic");
  });

  it("demotes no other model, and no other target", () => {
    fail(5, { status: 404 });
    expect(order("other", 0)).toEqual(["anthropic", "vertex/us-east5"]);
    fail(5, { target: VERTEX, model: "other" });
    expect(order("other", 0)).toEqual(["anthropic", "vertex/us-east5"]);
    expect(breaker.isOpen(VERTEX, "other")).toBe(true);
    expect(breaker.isOpen(VERTEX, "m")).toBe(false);
  });

  it.each([401, 402])("demotes a target for every model after %i: credential and bill are one", (status) => {
    fail(5, { status });
    expect(order("other", 0)).toEqual(["vertex/us-east5", "anthropic"]);
    expect(breaker.openCircuits()).toEqual(["anthropic=open"]);
  });

  it("tries everything even if everything is open", () => {
    fail(5);
    fail(5, { target: VERTEX });
    expect(order("m", 0)).toEqual(["anthropic", "vertex/us-east5"]);
  });
});
