/** Requests per second beside the peers, over the same upstream in the same run. */
import { load } from "../load.ts";
import { type Measure, of, type Row, ratioRow } from "../measure.ts";
import { PEERS, startPeer } from "../peers.ts";
import { messagesBody } from "../requests.ts";
import { inRounds } from "../rounds.ts";
import { ours } from "../variants.ts";

const CONCURRENCY = 8;
const ROUNDS = 12;
/** Each sample takes about so long, because the peers differ by a factor of thirty. */
const SAMPLE_MS = 400;
const VARIANTS = [ours("universal"), ours("direct")];

export const BESIDE_PEERS: Measure = {
  name: "peers",
  what: "requests per second beside Portkey and LiteLLM",
  run: (bench) =>
    bench.withWorkers(VARIANTS, async (workers) => {
      await bench.upstream.answers({ kind: "message" });
      const rows: Row[] = [];
      for (const peer of PEERS) {
        const what = `requests/s beside ${peer.name}`;
        const running = await startPeer(peer, bench.upstream.port);
        if (!running) {
          rows.push({
            key: `peers ${peer.name}`,
            what,
            baseline: "cannot be installed here",
            ours: "–",
            value: Number.NaN,
          });
          continue;
        }
        try {
          const target = (name: string) => (name === peer.name ? running : { port: workers.get(name).port });
          const names = [peer.name, ...VARIANTS.map(({ name }) => name)];
          const body = messagesBody(1_000);
          const requests: Record<string, number> = {};
          for (const name of names) {
            await load({ ...target(name), body, requests: 100, concurrency: CONCURRENCY });
            const { wallMs } = await load({ ...target(name), body, requests: 100, concurrency: CONCURRENCY });
            requests[name] = Math.max(CONCURRENCY * 2, Math.round((100 * SAMPLE_MS) / wallMs));
          }
          const samples = await inRounds(names, bench.scaled(ROUNDS, 6), async (name) => {
            const sample = { body, requests: requests[name] ?? 1, concurrency: CONCURRENCY };
            const { wallMs } = await load({ ...target(name), ...sample });
            return (1_000 * sample.requests) / wallMs;
          });
          const base = { name: peer.name, values: of(samples, peer.name) };
          const format = (perSecond: number) => `${perSecond.toFixed(0)}/s`;
          for (const { name } of VARIANTS) {
            const compared = { name: `peers ${peer.name}`, what, variant: name, values: of(samples, name) };
            rows.push(ratioRow({ ...compared, base, format, reach: peer.reach }));
          }
        } finally {
          await running.stop();
        }
      }
      return rows;
    }),
};
