import { expect, it } from "vitest";
import { isFailureStatus } from "./blame.ts";

it.each([
  [500, true],
  [529, true],
  [599, true],
  [401, true],
  [402, true],
  [403, true],
  [408, true],
  [429, true],
  [200, false],
  [400, false],
  [404, false],
  [413, false],
  [431, false],
])("isFailureStatus of %i is %s", (status, isFailure) => {
  expect(isFailureStatus(status)).toBe(isFailure);
});
