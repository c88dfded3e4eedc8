/**
 * The memory of many requests of 1 MB at a time, above an idle process: its peak against a
 * pass-through, and whether the second half of the requests still needs more than the first. Raw
 * workerd has no limit of 128 MB, so growth shows here what would end an isolate at Cloudflare.
 * One client may hold about 44 of these bodies (`worker/request/memory-budget.ts`). The Worker streams
 * the others to Anthropic without holding them.
 */

import { asMb } from "../format.ts";
import { load } from "../load.ts";
import { type Measure, of, ratioRow } from "../measure.ts";
import { messagesBody } from "../requests.ts";
import { inRounds } from "../rounds.ts";
import { ours, PASS_THROUGH } from "../variants.ts";

const REQUESTS = 4_000;
const CONCURRENCY = 64;
const BODY_BYTES = 1e6;
const ROUNDS = 3;
const VARIANTS = [PASS_THROUGH, ours("universal"), ours("direct")];

interface Peaks {
  firstHalf: number;
  secondHalf: number;
}

export const MANY_LARGE: Measure = {
  name: "many-large",
  what: `${REQUESTS} × 1 MB at c=${CONCURRENCY}: peak memory above idle`,
  run: async (bench) => {
    await bench.upstream.answers({ kind: "message" });
    const requests = bench.scaled(REQUESTS);
    const body = messagesBody(BODY_BYTES);
    const half = { body, requests: requests / 2, concurrency: CONCURRENCY };
    const peaks = (name: string): Promise<Peaks> =>
      bench.withWorkers(
        VARIANTS.filter((variant) => variant.name === name),
        async (workers) => {
          const worker = workers.get(name);
          await load({ port: worker.port, body: messagesBody(1_000), requests: 100, concurrency: 1 });
          const idle = worker.memory().residentBytes;
          const peakOfHalf = async () => {
            worker.forgetPeak();
            await load({ port: worker.port, ...half });
            return worker.memory().peakBytes - idle;
          };
          return { firstHalf: await peakOfHalf(), secondHalf: await peakOfHalf() };
        },
      );
    const names = VARIANTS.map(({ name }) => name);
    const samples = await inRounds(names, bench.scaled(ROUNDS), peaks);
    const peakOf = (name: string) => of(samples, name).map((peak) => Math.max(peak.firstHalf, peak.secondHalf));
    const base = { name: PASS_THROUGH.name, values: peakOf(PASS_THROUGH.name) };
    return ["universal", "direct"].flatMap((variant) => [
      ratioRow({
        name: "many-large-peak",
        what: `${requests} × 1 MB at c=${CONCURRENCY}, peak above idle`,
        variant,
        values: peakOf(variant),
        base,
        format: asMb,
        reach: "≤ 2.5",
      }),
      ratioRow({
        name: "many-large-flat",
        what: "the same, peak of the second half",
        variant,
        values: of(samples, variant).map((peak) => peak.secondHalf),
        base: { name: "first half", values: of(samples, variant).map((peak) => peak.firstHalf) },
        format: asMb,
        reach: "flat: ≤ 1.1",
      }),
    ]);
  },
};
