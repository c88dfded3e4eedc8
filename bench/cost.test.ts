/** Tests the bill against Cloudflare's own examples, and docs/cost.md against the recorded run. */
import { describe, expect, it } from "vitest";
import { COST_PAGE, costPage } from "./cost-page.ts";
import { billOf } from "./prices.ts";

// Source: developers.cloudflare.com/workers/platform/pricing, examples 1 and 4;
// /workers/observability/logs/workers-logs, example 1.
describe("the bill of Cloudflare's example", () => {
  it.each([
    ["15 million requests of 7 ms", { requests: 15e6, cpuMs: 7 * 15e6, logEvents: 0 }, 8],
    ["100 million requests of 7 ms", { requests: 100e6, cpuMs: 7 * 100e6, logEvents: 0 }, 45.4],
    ["30 million log events", { requests: 0, cpuMs: 0, logEvents: 30e6 }, 5 + 6],
  ])("with %s", (_what, usage, totalUsd) => {
    expect(billOf(usage).totalUsd).toBeCloseTo(totalUsd, 6);
  });
});

it("docs/cost.md has the figures of the recorded run (`npx vitest run bench/cost.test.ts -u` writes it)", async () => {
  await expect(costPage()).toMatchFileSnapshot(COST_PAGE);
});
