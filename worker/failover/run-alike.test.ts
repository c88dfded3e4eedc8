/**
 * When every target fails, the caller gets the same error, whether the gateway or the Worker walks
 * the chain.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ANTHROPIC } from "../targets/target.ts";
import { type Circumstances, failed, lost, type RunResult, runAgainst, US, US_EAST5 } from "./chain-in-test.ts";

const TARGETS = [ANTHROPIC, US_EAST5, US];
const NO_CONNECTION = 0;

/**
 * Each target always fails with its status. A group's call gets the status of its last target, as
 * from the gateway.
 */
function run(
  statuses: readonly number[],
  groupSize: number,
  namesStep: boolean,
  more: Circumstances = {},
): Promise<RunResult> {
  return runAgainst(
    (group) => {
      const last = group.length - 1;
      const index = TARGETS.indexOf(group[last] ?? ANTHROPIC);
      const status = statuses[index] ?? NO_CONNECTION;
      if (status === NO_CONNECTION) return lost();
      return failed(status, namesStep ? { "cf-aig-step": String(last) } : {}, `from ${index}`)();
    },
    { targets: TARGETS, groupSize, ...more },
  );
}

const errorOf = ({ failure, isCallerError }: RunResult) => ({
  failure: failure?.body,
  status: failure?.status,
  isCallerError,
});

describe("the error of a chain", () => {
  it.each([
    ["a 429 after a 529", [529, 429, 500]],
    ["the first of several equally useful failures", [500, 503, 502]],
    ["a caller's error from Anthropic", [413, 400, 500]],
    ["a caller's error from Anthropic before others", [413, 422, 400]],
    ["refused credentials", [401, 403, 403]],
  ])("is the same in one call as in three: %s", async (_what, statuses) => {
    expect(errorOf(await run(statuses, 9, true))).toEqual(errorOf(await run(statuses, 1, true)));
  });

  it("is the same for any failures and any size of groups", async () => {
    const status = fc.constantFrom(400, 401, 403, 404, 408, 413, 422, 429, 500, 503, 529);
    await fc.assert(
      fc.asyncProperty(fc.tuple(status, status, status), fc.constantFrom(2, 3, 9), async (statuses, groupSize) => {
        expect(errorOf(await run(statuses, groupSize, true))).toEqual(errorOf(await run(statuses, 1, true)));
      }),
      { numRuns: 300 },
    );
  });

  it("has the same status if the gateway does not name the step", async () => {
    const status = fc.constantFrom(NO_CONNECTION, 401, 408, 429, 500, 529);
    await fc.assert(
      fc.asyncProperty(fc.tuple(status, status, status), async (statuses) => {
        const [one, three] = [await run(statuses, 9, false), await run(statuses, 1, false)];
        expect(one.failure?.status).toBe(three.failure?.status);
      }),
      { numRuns: 300 },
    );
  });
});
