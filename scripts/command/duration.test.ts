import { expect, it } from "vitest";
import { toMilliseconds } from "./duration.ts";

it.each([
  ["90s", 90_000],
  ["10m", 600_000],
  ["1.5h", 5_400_000],
  ["7d", 604_800_000],
])("a duration is a number with a unit: %s", (text, expected) => {
  expect(toMilliseconds(text)).toBe(expected);
});

it.each(["", "10", "m", "-1m", "1 h", "1w"])("refuses what is not a duration: %j", (text) => {
  expect(() => toMilliseconds(text)).toThrow("a duration is written like");
});
