/** Tests the statistics against values that are known, and the interval against simulated noise. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../test/support/seeded-random.ts";
import { differences, interval, median, quantile, ratios } from "./statistics.ts";

describe("the median", () => {
  it.each([
    [[3], 3],
    [[3, 1], 2],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
  ])("of %j is %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it("needs a value", () => {
    expect(() => median([])).toThrow("there are no values");
  });
});

it("a quantile is one of the values", () => {
  const values = Array.from({ length: 100 }, (_, index) => 99 - index);

  expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([0, 50, 99, 99]);
});

it("values are compared within their round", () => {
  expect(ratios([2, 30], [1, 10])).toEqual([2, 3]);
  expect(differences([2, 30], [1, 10])).toEqual([1, 20]);
});

describe("the interval", () => {
  // The numbers of values to cut are those of tables of the sign test at 5 %.
  it.each([
    [1, 0],
    [5, 0],
    [6, 0],
    [8, 0],
    [9, 1],
    [12, 2],
    [20, 5],
    [30, 9],
  ])("of %i values leaves out %i at each end", (count, cut) => {
    const values = Array.from({ length: count }, (_, index) => index);

    expect(interval(values)).toEqual({ median: (count - 1) / 2, low: cut, high: count - 1 - cut });
  });

  it("has the true median in it in at least 95 of 100 runs, even if the noise is one-sided", () => {
    const random = seededRandom(7);
    const runs = 2_000;
    const trueMedian = Math.log(2);

    let hits = 0;
    for (let run = 0; run < runs; run++) {
      const { low, high } = interval(Array.from({ length: 12 }, () => -Math.log(1 - random())));
      if (low <= trueMedian && trueMedian <= high) hits++;
    }

    expect(hits / runs).toBeGreaterThanOrEqual(0.95);
  });
});
