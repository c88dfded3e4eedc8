/**
 * Fails if the Worker has become grossly slower: if the CPU time of a request of 1 KB, against that
 * of a pass-through in the same run, is more than twice what the last complete bench recorded. A
 * slow machine slows both alike. `npm run bench` measures smaller changes.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleWorker } from "../infra/worker/bundle.ts";
import type { Routing } from "../worker/options.ts";
import { cpuUsOf } from "./cpu-time.ts";
import { of } from "./measure.ts";
import { CAN_MEASURE_PROCESSES } from "./process-usage.ts";
import { messagesBody } from "./requests.ts";
import { recorded } from "./results.ts";
import { inRounds, type Samples } from "./rounds.ts";
import { median, ratios } from "./statistics.ts";
import { Upstream } from "./upstream.ts";
import { ours, PASS_THROUGH, type Variant } from "./variants.ts";
import { withWorkers } from "./workers.ts";

const MOST = 2;
const ROUNDS = 9;
const LOAD = { body: messagesBody(1_000), requests: 150, concurrency: 8 };
/** A search through so many bytes takes 0.3 ms on a machine on which a pass-through takes 70 µs. */
const SEARCHED_BYTES = 1_000_000;
const PASS_THROUGH_US = 70;

describe.skipIf(!CAN_MEASURE_PROCESSES)("the CPU time of a request of 1 KB, against a pass-through", () => {
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await Upstream.start();
  });
  afterAll(() => upstream.stop());

  /** @returns the samples of each variant, in microseconds */
  const cpuUs = (...variants: Variant[]): Promise<Samples<number>> =>
    withWorkers(variants, upstream.port, async (workers) => {
      const names = variants.map(({ name }) => name);
      for (const name of names) await cpuUsOf(workers.get(name), LOAD);
      return inRounds(names, ROUNDS, (name) => cpuUsOf(workers.get(name), LOAD));
    });
  const ratio = (samples: Samples<number>, name: string) =>
    median(ratios(of(samples, name), of(samples, PASS_THROUGH.name)));
  const limit = (routing: Routing) => MOST * recorded(`cpu-1kb-c8 ${routing}`).ratio;

  // A burst of other work can spoil one attempt, but not each.
  it("is at most twice what is recorded", { retry: 3 }, async () => {
    const samples = await cpuUs(PASS_THROUGH, ours("universal"), ours("direct"));

    expect(ratio(samples, "universal")).toBeLessThanOrEqual(limit("universal"));
    expect(ratio(samples, "direct")).toBeLessThanOrEqual(limit("direct"));
  });

  it("is more than that if 0.3 ms of work is in the way of each request", { retry: 3 }, async () => {
    // A busy or slower machine needs longer for everything, also for the work.
    const slowness = median(of(await cpuUs(PASS_THROUGH), PASS_THROUGH.name)) / PASS_THROUGH_US;
    const module = slowed(bundleWorker(), Math.round(SEARCHED_BYTES * slowness));

    const samples = await cpuUs(PASS_THROUGH, ours("universal", "slowed", module));

    expect(ratio(samples, "slowed")).toBeGreaterThan(limit("universal"));
  });
});

/** Puts a search through memory in front of each request. It takes as long for each of them. */
function slowed(bundle: string, searchedBytes: number): string {
  const entry = /export\s*\{\s*([\w$]+) as default\s*\};?$/.exec(bundle);
  if (!entry) throw new Error("the bundle does not end with its default export");
  return `${bundle.slice(0, entry.index)}
    const searched = new Uint8Array(${searchedBytes});
    export default { fetch: (...args) => searched.indexOf(1) && ${entry[1]}.fetch(...args) };`;
}
