import { expect, it } from "vitest";
import { failureCounter } from "./failure-counter.ts";

it.each([
  ["refuses the fifth failure", { failures: 5, windowMs: 30_000 }, { limit: 4, period: 10 }],
  ["has the longest period that fits into the window", { failures: 5, windowMs: 60_000 }, { limit: 4, period: 60 }],
  ["is not longer than the window", { failures: 5, windowMs: 59_999 }, { limit: 4, period: 10 }],
  ["has the shortest period for a shorter window", { failures: 5, windowMs: 1 }, { limit: 4, period: 10 }],
  ["refuses the second failure of two", { failures: 2, windowMs: 30_000 }, { limit: 1, period: 10 }],
  ["does not exist if one failure opens a circuit anyway", { failures: 1, windowMs: 30_000 }, undefined],
])("the counter %s", (_what, limits, counter) => {
  expect(failureCounter(limits)).toEqual(counter);
});
