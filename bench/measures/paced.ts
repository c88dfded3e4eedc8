/**
 * What a Worker adds to the time of the events of streams that arrive as a model writes them. Each
 * event has the time at which the upstream sent it, on the clock that both processes share. The
 * first event's time counts from the request.
 */
import { setTimeout } from "node:timers/promises";
import type { Connection } from "../connection.ts";
import { send, withConnections } from "../load.ts";
import { type Compared, differenceRow, type Measure, of } from "../measure.ts";
import { messagesBody } from "../requests.ts";
import { inRounds } from "../rounds.ts";
import { median, quantile } from "../statistics.ts";
import { nowUs } from "../upstream-answers.ts";
import { ours, PASS_THROUGH, PUMP } from "../variants.ts";
import type { Workerd } from "../workerd.ts";

const STREAMS = 10;
const EVENTS = 60;
const EVERY_MS = 10;
/** The streams begin one after the other, because a model's callers do not call in bursts. */
const BEGIN_EVERY_MS = 7;
const ROUNDS = 20;
const VARIANTS = [PASS_THROUGH, PUMP, ours("universal"), ours("direct")];

interface Delays {
  firstMs: number;
  p50Ms: number;
  p99Ms: number;
}

interface Figure {
  name: keyof Delays;
  what: string;
  base: string;
  reach: string;
}

const FIGURES: readonly Figure[] = [
  { name: "firstMs", what: "first event", base: PASS_THROUGH.name, reach: "≤ +0.3 ms" },
  { name: "p50Ms", what: "an event, p50", base: PASS_THROUGH.name, reach: "≤ +0.25 ms" },
  { name: "p99Ms", what: "an event, p99", base: PUMP.name, reach: "≤ +0 ms" },
];

export const PACED: Measure = {
  name: "paced",
  what: `${STREAMS} streams with an event every ${EVERY_MS} ms: delay of the events`,
  run: (bench) =>
    bench.withWorkers(VARIANTS, async (workers) => {
      await bench.upstream.answers({ kind: "paced", events: EVENTS, everyMs: EVERY_MS });
      const names = VARIANTS.map(({ name }) => name);
      for (const name of names) await delays(workers.get(name));
      const samples = await inRounds(names, bench.scaled(ROUNDS, 6), (name) => delays(workers.get(name)));
      return FIGURES.flatMap(({ name, what, base, reach }) => {
        const values = (variant: string) => of(samples, variant).map((sample) => sample[name]);
        return ["universal", "direct"].map((variant) => {
          const compared: Compared = {
            name: `paced-${name}`,
            what: `paced streams, ${what}`,
            variant,
            values: values(variant),
            base: { name: base, values: values(base) },
            format: (ms) => `${ms.toFixed(2)} ms`,
            reach,
          };
          return differenceRow(compared, "ms");
        });
      });
    }),
};

function delays(worker: Workerd): Promise<Delays> {
  const body = messagesBody(1_000, { stream: true });
  const firstMs: number[] = [];
  const laterMs: number[] = [];
  const stream = async (connection: Connection) => {
    const startUs = nowUs();
    let isFirst = true;
    const onData = (bytes: Buffer) => {
      const arrivedUs = nowUs();
      for (const [, sentUs] of bytes.toString("latin1").matchAll(/at=(\d+);/g)) {
        if (isFirst) firstMs.push((arrivedUs - startUs) / 1_000);
        else laterMs.push((arrivedUs - Number(sentUs)) / 1_000);
        isFirst = false;
      }
    };
    await send(connection, { body, onData });
  };
  return withConnections(worker.port, STREAMS, async (connections) => {
    await Promise.all(
      connections.map(async (connection, index) => {
        await setTimeout(index * BEGIN_EVERY_MS);
        await stream(connection);
      }),
    );
    return { firstMs: median(firstMs), p50Ms: median(laterMs), p99Ms: quantile(laterMs, 0.99) };
  });
}
