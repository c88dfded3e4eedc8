/**
 * The CPU time of one event of a stream without pauses, against the smallest pump in JavaScript: a
 * Worker that watches a stream needs JavaScript for each of its chunks.
 */
import { cpuUsOf } from "../cpu-time.ts";
import { type Measure, of, ratioRow } from "../measure.ts";
import { messagesBody } from "../requests.ts";
import { inRounds } from "../rounds.ts";
import { ours, PASS_THROUGH, PUMP } from "../variants.ts";
import type { Workerd } from "../workerd.ts";

const EVENTS = 10_000;
const ROUNDS = 12;
const BODY = messagesBody(1_000, { stream: true });
const VARIANTS = [PUMP, PASS_THROUGH, ours("universal"), ours("direct")];

interface Case {
  name: string;
  what: string;
  perWrite: number;
}

const CASES: readonly Case[] = [
  { name: "stream-1", what: "10,000 events, one a write, CPU an event", perWrite: 1 },
  { name: "stream-8", what: "10,000 events, eight a write, CPU an event", perWrite: 8 },
];

export const STREAMS: readonly Measure[] = CASES.map(({ name, what, perWrite }) => ({
  name,
  what,
  run: (bench) =>
    bench.withWorkers(VARIANTS, async (workers) => {
      await bench.upstream.answers({ kind: "events", events: EVENTS, perWrite });
      const names = VARIANTS.map((variant) => variant.name);
      for (const variant of names) await cpuUs(workers.get(variant));
      const samples = await inRounds(names, bench.scaled(ROUNDS, 6), (variant) => cpuUs(workers.get(variant)));
      const base = { name: PUMP.name, values: of(samples, PUMP.name) };
      return ["universal", "direct", PASS_THROUGH.name].map((variant) =>
        ratioRow({
          name,
          what,
          variant,
          values: of(samples, variant),
          base,
          format: (us) => `${us.toFixed(1)} µs`,
          ...(variant === PASS_THROUGH.name ? {} : { reach: "≤ 1.0" }),
        }),
      );
    }),
}));

/** @returns the microseconds of CPU that workerd used for one event */
async function cpuUs(worker: Workerd): Promise<number> {
  return (await cpuUsOf(worker, { body: BODY, requests: 1, concurrency: 1 })) / EVENTS;
}
