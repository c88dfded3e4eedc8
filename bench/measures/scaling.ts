/**
 * How the Worker scales: requests per second over the number of connections, and the time of a
 * request over the size of its body. The plot has the pass-through and the peers beside it, and a
 * dashed line for what grows in proportion.
 */
import { load } from "../load.ts";
import { type Bench, type Measure, of, type Row, ratioRow } from "../measure.ts";
import { PEERS, type RunningPeer, startPeer } from "../peers.ts";
import { type Line, svgOf } from "../plot.ts";
import { messagesBody } from "../requests.ts";
import { inRounds, type Samples } from "../rounds.ts";
import { median } from "../statistics.ts";
import { ours, PASS_THROUGH } from "../variants.ts";

const CONCURRENCIES = [1, 8, 64, 512];
const SIZES = [
  [1e3, "1 KB"],
  [1e4, "10 KB"],
  [1e5, "100 KB"],
  [1e6, "1 MB"],
  [1e7, "10 MB"],
  [32e6, "32 MB"],
] as const;
const ROUNDS = 4;
/** Each sample takes about so long. */
const SAMPLE_MS = 250;
const VARIANTS = [PASS_THROUGH, ours("universal"), ours("direct")];

interface Target {
  port: number;
  headers?: Readonly<Record<string, string>>;
}

export const SCALING: Measure = {
  name: "scaling",
  what: "requests per second over concurrency, time over body size; draws scaling.svg",
  run: (bench) =>
    bench.withWorkers(VARIANTS, async (workers) => {
      await bench.upstream.answers({ kind: "message" });
      const targets = new Map<string, Target>(VARIANTS.map(({ name }) => [name, workers.get(name)]));
      const peers: RunningPeer[] = [];
      try {
        for (const peer of PEERS) {
          const running = await startPeer(peer, bench.upstream.port);
          if (!running) continue;
          peers.push(running);
          targets.set(peer.name, running);
        }
        return await run(bench, targets);
      } finally {
        await Promise.all(peers.map((peer) => peer.stop()));
      }
    }),
};

async function run(bench: Bench, targets: ReadonlyMap<string, Target>): Promise<readonly Row[]> {
  const byConcurrency = new Map<number, Samples<number>>();
  for (const concurrency of CONCURRENCIES) {
    byConcurrency.set(concurrency, await sampled(bench, targets, 1e3, concurrency, (ms) => 1_000 / ms));
  }
  const bySize = new Map<number, Samples<number>>();
  for (const [bytes] of SIZES) bySize.set(bytes, await sampled(bench, targets, bytes, 1, (ms) => ms));

  const names = [...targets.keys()];
  bench.plot("scaling.svg", () =>
    svgOf([
      {
        title: "1 KB: requests per second",
        x: { label: "connections", ticks: CONCURRENCIES.map((concurrency) => [concurrency, String(concurrency)]) },
        y: { label: "requests per second" },
        lines: linesOf(names, byConcurrency),
      },
      {
        title: "One connection: time of a request",
        x: { label: "body", ticks: SIZES },
        y: { label: "milliseconds" },
        lines: [...linesOf(names, bySize), proportional(bySize)],
      },
    ]),
  );
  return CONCURRENCIES.flatMap((concurrency) => {
    const samples = byConcurrency.get(concurrency) ?? {};
    const base = { name: PASS_THROUGH.name, values: of(samples, PASS_THROUGH.name) };
    return ["universal", "direct"].map((variant) => {
      const compared = { name: `scaling-c${concurrency}`, what: `requests/s, 1 KB, c=${concurrency}`, variant };
      return ratioRow({
        ...compared,
        values: of(samples, variant),
        base,
        format: (perSecond) => `${perSecond.toFixed(0)}/s`,
      });
    });
  });
}

/** @param figure makes the figure from the milliseconds for a request, with all connections together */
async function sampled(
  bench: Bench,
  targets: ReadonlyMap<string, Target>,
  bytes: number,
  concurrency: number,
  figure: (ms: number) => number,
): Promise<Samples<number>> {
  const body = messagesBody(bytes);
  const msOf = async (name: string, requests: number) => {
    const { port, headers = {} } = targets.get(name) ?? { port: 0 };
    const { wallMs } = await load({ port, headers, body, requests, concurrency });
    return wallMs / requests;
  };
  const requests = new Map<string, number>();
  for (const name of targets.keys()) {
    const ms = await msOf(name, Math.max(concurrency, 3));
    requests.set(name, Math.max(concurrency, Math.min(Math.round(SAMPLE_MS / ms), 3_000), 2));
  }
  return inRounds([...targets.keys()], bench.scaled(ROUNDS, 2), async (name) =>
    figure(await msOf(name, requests.get(name) ?? 1)),
  );
}

function linesOf(names: readonly string[], samples: ReadonlyMap<number, Samples<number>>): Line[] {
  return names.map((name) => ({
    name,
    points: [...samples].map(([x, values]) => [x, median(of(values, name))] as const),
  }));
}

/** The line of a Worker whose time grows in proportion to the body, from our time at 1 MB. */
function proportional(bySize: ReadonlyMap<number, Samples<number>>): Line {
  const msAtMegabyte = median(of(bySize.get(1e6) ?? {}, "universal"));
  const points = SIZES.filter(([bytes]) => bytes >= 1e5).map(
    ([bytes]) => [bytes, (msAtMegabyte * bytes) / 1e6] as const,
  );
  return { name: "in proportion", points, isDashed: true };
}
