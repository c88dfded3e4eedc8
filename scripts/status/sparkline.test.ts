import { expect, it } from "vitest";
import { partsOf, sparkline } from "./sparkline.ts";
import { pagesToRead } from "./spend.ts";

it.each([
  [[0, 0, 0], "···"],
  [[0, 1, 8], "·▁█"],
  [[1, 1], "██"],
  [[2, 4, 6, 8], "▂▄▆█"],
])("%j is %s", (numbers, text) => {
  expect(sparkline(numbers)).toBe(text);
});

it("points are summed in equal parts, and one at the end belongs to the last", () => {
  const points = [
    { startMs: 100, value: 1 },
    { startMs: 149, value: 2 },
    { startMs: 150, value: 4 },
    { startMs: 200, value: 8 },
  ];

  expect(partsOf(points, { fromMs: 100, toMs: 200 }, 2)).toEqual([3, 12]);
});

it.each([
  [0, []],
  [1, []],
  [3, [2, 3]],
  [80, Array.from({ length: 39 }, (_, index) => 3 + 2 * index)],
])("of %i pages of a log, some are read, at equal distances", (pages, read) => {
  expect(pagesToRead(pages)).toEqual(read);
});
