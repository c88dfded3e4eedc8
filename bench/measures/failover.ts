/**
 * What a failover adds to the calls that it consists of. The baseline makes the same calls itself,
 * one after the other: Anthropic refuses with 529, then Vertex answers. With `universal` every
 * second failover is one call, because the gateway walks the chain, and the others are two calls,
 * because the Worker must see Anthropic's status (docs/universal-endpoint.md). So requests are
 * taken in pairs.
 */
import type { Connection } from "../connection.ts";
import { send, withConnection } from "../load.ts";
import { type Bench, differenceRow, type Measure, of, type Row } from "../measure.ts";
import { messagesBody } from "../requests.ts";
import { inRounds } from "../rounds.ts";
import { median } from "../statistics.ts";
import type { Pattern } from "../upstream-answers.ts";
import { ours } from "../variants.ts";

const PAIRS = 60;
const ROUNDS = 24;
const GATEWAY = "/v1/account/gateway";
const VARIANTS = [ours("universal"), ours("direct")];

/** How many calls the two requests of a pair consist of, and what the baseline is called. */
const CALLS = {
  universal: { name: "1 and 2 calls", calls: [1, 2] },
  direct: { name: "2 calls", calls: [2, 2] },
} as const;
const ROUTINGS = Object.keys(CALLS) as (keyof typeof CALLS)[];

interface Case {
  name: string;
  what: string;
  pattern: Pattern;
  reach: string;
}

const CASES: readonly Case[] = [
  { name: "failover-json", what: "failover, JSON, p50", pattern: { kind: "message" }, reach: "≤ +0.5 ms" },
  {
    name: "failover-stream",
    what: "failover, stream of 3 events, p50",
    pattern: { kind: "events", events: 3, perWrite: 1 },
    reach: "≤ +0.7 ms",
  },
];

export const FAILOVER: readonly Measure[] = CASES.map((failover) => ({
  name: failover.name,
  what: failover.what,
  run: (bench) => run(bench, failover),
}));

function run(bench: Bench, { name, what, pattern, reach }: Case): Promise<readonly Row[]> {
  return bench.withWorkers(VARIANTS, async (workers) => {
    await bench.upstream.answers(pattern, { anthropicFails: true });
    const body = messagesBody(1_000, { stream: pattern.kind !== "message" });
    const samplers = Object.fromEntries(
      ROUTINGS.flatMap((routing): [string, Sampler][] => {
        const { name, calls } = CALLS[routing];
        const ours = async (connection: Connection) =>
          [await send(connection, { body }), await send(connection, { body })] as const;
        const alone = async (connection: Connection) =>
          [await callsAlone(connection, body, calls[0]), await callsAlone(connection, body, calls[1])] as const;
        return [
          [routing, { port: workers.get(routing).port, pair: ours }],
          [name, { port: bench.upstream.port, pair: alone }],
        ];
      }),
    );
    const pairs = bench.scaled(PAIRS);
    const sample = (variant: string) => p50Ms(samplers[variant] as Sampler, pairs); // the names are the keys
    const names = Object.keys(samplers);
    for (const variant of names) await sample(variant);
    const samples = await inRounds(names, bench.scaled(ROUNDS, 6), sample);
    return ROUTINGS.map((routing) => {
      const base = { name: CALLS[routing].name, values: of(samples, CALLS[routing].name) };
      const format = (ms: number) => `${ms.toFixed(2)} ms`;
      return differenceRow({ name, what, variant: routing, values: of(samples, routing), base, format, reach }, "ms");
    });
  });
}

interface Sampler {
  port: number;
  /** @returns the milliseconds of two requests */
  pair: (connection: Connection) => Promise<readonly [number, number]>;
}

function p50Ms({ port, pair }: Sampler, pairs: number): Promise<number> {
  return withConnection(port, async (connection) => {
    await pair(connection);
    const meansMs: number[] = [];
    for (let index = 0; index < pairs; index++) {
      const [first, second] = await pair(connection);
      meansMs.push((first + second) / 2);
    }
    return median(meansMs);
  });
}

async function callsAlone(connection: Connection, body: Buffer, calls: 1 | 2): Promise<number> {
  const vertex = { body, path: `${GATEWAY}/google-vertex-ai/v1/projects/project` };
  if (calls === 1) return send(connection, vertex);
  const refusedMs = await send(connection, { body, path: `${GATEWAY}/anthropic/v1/messages`, status: 529 });
  return refusedMs + (await send(connection, vertex));
}
