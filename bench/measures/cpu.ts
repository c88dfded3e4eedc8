/**
 * The CPU time of one request whose answer is a short JSON message, against a pass-through. The
 * control runs the same Worker a second time: a difference that is not larger than the control's
 * says nothing.
 */
import { cpuUsOf } from "../cpu-time.ts";
import { asUs } from "../format.ts";
import { type Measure, of, ratioRow } from "../measure.ts";
import { type BodyOptions, messagesBody } from "../requests.ts";
import { inRounds } from "../rounds.ts";
import { ours, PASS_THROUGH } from "../variants.ts";

interface Size extends BodyOptions {
  name: string;
  what: string;
  bytes: number;
  concurrency: number;
  requests: number;
  rounds: number;
  reach: string;
}

const SIZES: readonly Size[] = [
  { name: "cpu-1kb-c8", what: "1 KB, c=8", bytes: 1e3, concurrency: 8, requests: 1_500, rounds: 30, reach: "≤ 2.2" },
  { name: "cpu-1kb-c64", what: "1 KB, c=64", bytes: 1e3, concurrency: 64, requests: 1_500, rounds: 24, reach: "≤ 2.2" },
  { name: "cpu-100kb", what: "100 KB", bytes: 1e5, concurrency: 8, requests: 400, rounds: 20, reach: "≤ 3" },
  { name: "cpu-1mb", what: "1 MB", bytes: 1e6, concurrency: 8, requests: 100, rounds: 16, reach: "≤ 5" },
  { name: "cpu-10mb", what: "10 MB text", bytes: 1e7, concurrency: 2, requests: 12, rounds: 12, reach: "≤ 4.5" },
  {
    name: "cpu-10mb-base64",
    what: "10 MB base64",
    bytes: 1e7,
    content: "base64",
    concurrency: 2,
    requests: 12,
    rounds: 12,
    reach: "–",
  },
];

const CONTROL = "universal again";
const VARIANTS = [PASS_THROUGH, ours("universal"), ours("direct"), ours("universal", CONTROL)];

export const CPU: readonly Measure[] = SIZES.map((size) => ({
  name: size.name,
  what: `CPU a request, ${size.what}`,
  run: (bench) =>
    bench.withWorkers(VARIANTS, async (workers) => {
      await bench.upstream.answers({ kind: "message" });
      const requests = bench.scaled(size.requests, 2 * size.concurrency);
      const body = messagesBody(size.bytes, size);
      const names = VARIANTS.map(({ name }) => name);
      // The first requests are slower until V8 has compiled the hot functions.
      const sample = (name: string) => cpuUsOf(workers.get(name), { body, requests, concurrency: size.concurrency });
      for (const name of names) await sample(name);
      const samples = await inRounds(names, bench.scaled(size.rounds, 6), sample);
      const compared = { name: size.name, what: `CPU a request, ${size.what}`, format: asUs };
      const base = { name: PASS_THROUGH.name, values: of(samples, PASS_THROUGH.name) };
      return [
        ...["universal", "direct"].map((variant) =>
          ratioRow({ ...compared, variant, values: of(samples, variant), base, reach: size.reach }),
        ),
        ratioRow({
          ...compared,
          variant: "control: universal twice",
          values: of(samples, CONTROL),
          base: { name: "universal", values: of(samples, "universal") },
        }),
      ];
    }),
}));
