/** A short soak for each routing, the same every time; `npm run soak` makes long ones. */
import { expect, it } from "vitest";
import { soak } from "./soak.ts";

it.concurrent.each(["universal", "direct", "bypass"])(
  "answers as it must whatever fails, routed %s",
  async (routing) => {
    const { violations, outcomes } = await soak({ requests: 100, seed: 20_261_122, routing, limitMs: 3_000 });
    expect(violations).toEqual([]);
    expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(["message anthropic", "message vertex", "error"]));
  },
  60_000,
);
