/**
 * A request near the limit of 32 MB, ten in a row in a fresh process: the time against a
 * pass-through, and the peak of the memory above an idle process against the body's own size.
 */
import { asMb, asMs } from "../format.ts";
import { load, send, withConnection } from "../load.ts";
import { type Measure, of, ratioRow } from "../measure.ts";
import { messagesBody } from "../requests.ts";
import { inRounds } from "../rounds.ts";
import { median } from "../statistics.ts";
import { ours, PASS_THROUGH } from "../variants.ts";

const BODY_BYTES = 31e6;
const REQUESTS = 10;
const ROUNDS = 8;
const VARIANTS = [PASS_THROUGH, ours("universal"), ours("direct")];

interface Large {
  p50Ms: number;
  firstPeak: number;
  lastPeak: number;
}

export const ONE_LARGE: Measure = {
  name: "one-large",
  what: "31 MB, ten in a row: time and peak memory",
  run: async (bench) => {
    await bench.upstream.answers({ kind: "message" });
    const body = messagesBody(BODY_BYTES);
    const large = (name: string): Promise<Large> =>
      bench.withWorkers(
        VARIANTS.filter((variant) => variant.name === name),
        async (workers) => {
          const worker = workers.get(name);
          await load({ port: worker.port, body: messagesBody(1_000), requests: 50, concurrency: 1 });
          const idle = worker.memory().residentBytes;
          const peaks: number[] = [];
          const timesMs: number[] = [];
          await withConnection(worker.port, async (connection) => {
            for (let request = 0; request < REQUESTS; request++) {
              worker.forgetPeak();
              timesMs.push(await send(connection, { body }));
              peaks.push(worker.memory().peakBytes - idle);
            }
          });
          return { p50Ms: median(timesMs), firstPeak: peaks[0] ?? 0, lastPeak: peaks.at(-1) ?? 0 };
        },
      );
    const names = VARIANTS.map(({ name }) => name);
    const samples = await inRounds(names, bench.scaled(ROUNDS, 3), large);
    const values = (variant: string, member: keyof Large) => of(samples, variant).map((sample) => sample[member]);
    const theBody = { name: "the body", values: of(samples, "universal").map(() => body.length) };
    return ["universal", "direct"].flatMap((variant) => [
      ratioRow({
        name: "one-large-time",
        what: "31 MB, time",
        variant,
        values: values(variant, "p50Ms"),
        base: { name: PASS_THROUGH.name, values: values(PASS_THROUGH.name, "p50Ms") },
        format: asMs,
        reach: "≤ 3.5",
      }),
      ratioRow({
        name: "one-large-first",
        what: "31 MB, peak of the first",
        variant,
        values: values(variant, "firstPeak"),
        base: theBody,
        format: asMb,
        reach: "≤ 1.15",
      }),
      ratioRow({
        name: "one-large-tenth",
        what: "31 MB, peak of the tenth in a row",
        variant,
        values: values(variant, "lastPeak"),
        base: theBody,
        format: asMb,
        reach: "≤ 2",
      }),
    ]);
  },
};
