import { expect, it } from "vitest";
import { Cutter, MAX_CUTS } from "./cutter.ts";

it("a cutter keeps at most 257 cuts: one more than the limit shows that there are too many", () => {
  const cutter = new Cutter(new TextEncoder().encode('"a":1,'.repeat(1_000)));

  cutter.memberStarts(1, 0, false);
  cutter.memberEnds(1, 5);
  for (let member = 1; member < 1_000; member++) {
    cutter.memberStarts(1, member * 6, true);
    cutter.memberEnds(1, member * 6 + 5);
  }

  expect(cutter.cuts).toHaveLength(MAX_CUTS + 1);
});
