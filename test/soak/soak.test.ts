/** A short soak for each routing with a fixed seed. `npm run soak` runs long ones. */
import { expect, it } from "vitest";
import { soak } from "./soak.ts";

it.concurrent.each(["universal", "direct", "bypass"])(
  "every answer fits its faults in %s routing",
  async (routing) => {
    const { violations, outcomes } = await soak({ requests: 100, seed: 20_261_122, routing, limitMs: 3_000 });
    expect(violations).toEqual([]);
    expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(["message anthropic", "message vertex", "error"]));
  },
  60_000,
);
