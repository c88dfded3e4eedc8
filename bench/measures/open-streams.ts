/** The memory of each of many streams that have begun and stay open, against a pass-through. */
import { asKb } from "../format.ts";
import { load, send, withConnections } from "../load.ts";
import { type Measure, of, ratioRow } from "../measure.ts";
import { messagesBody } from "../requests.ts";
import { inRounds } from "../rounds.ts";
import { ours, PASS_THROUGH } from "../variants.ts";
import type { Workerd } from "../workerd.ts";

const STREAMS = 1_000;
const ROUNDS = 6;
const VARIANTS = [PASS_THROUGH, ours("universal"), ours("direct")];

export const OPEN_STREAMS: Measure = {
  name: "open-streams",
  what: "1,000 open streams: memory of each",
  run: async (bench) => {
    const names = VARIANTS.map(({ name }) => name);
    const samples = await inRounds(names, bench.scaled(ROUNDS, 3), (name) =>
      bench.withWorkers(
        VARIANTS.filter((variant) => variant.name === name),
        async (workers) => {
          const worker = workers.get(name);
          await bench.upstream.answers({ kind: "message" });
          await load({ port: worker.port, body: messagesBody(1_000), requests: 100, concurrency: 1 });
          await bench.upstream.answers({ kind: "held" });
          return await bytesOfAStream(worker);
        },
      ),
    );
    const base = { name: PASS_THROUGH.name, values: of(samples, PASS_THROUGH.name) };
    return ["universal", "direct"].map((variant) => {
      const compared = { name: "open-streams", what: "1,000 open streams, memory of each", variant };
      return ratioRow({ ...compared, values: of(samples, variant), base, format: asKb, reach: "≤ 1.6" });
    });
  },
};

function bytesOfAStream(worker: Workerd): Promise<number> {
  const body = messagesBody(1_000, { stream: true });
  const before = worker.memory().residentBytes;
  return withConnections(worker.port, STREAMS, async (connections) => {
    const begun = connections.map(
      (connection) =>
        new Promise<void>((resolve, reject) => {
          send(connection, { body, onData: () => resolve() }).catch(reject);
        }),
    );
    await Promise.all(begun);
    return (worker.memory().residentBytes - before) / STREAMS;
  });
}
