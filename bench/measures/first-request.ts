/**
 * The time of the first request of a fresh workerd, against an empty Worker, which calls nobody.
 * Each sample starts a process. The Worker's module has run when the process listens, as at
 * Cloudflare; what runs at the first request is the rest. In the second case Anthropic fails, so
 * that this request needs Google's token, which a freshly read key must sign for.
 */
import { send, withConnection } from "../load.ts";
import { type Bench, differenceRow, type Measure, of, type Row } from "../measure.ts";
import { messagesBody } from "../requests.ts";
import { inRounds } from "../rounds.ts";
import { EMPTY, ours, PASS_THROUGH } from "../variants.ts";

const ROUNDS = 30;
const VARIANTS = [EMPTY, PASS_THROUGH, ours("universal"), ours("direct")];

interface Case {
  name: string;
  what: string;
  anthropicFails: boolean;
  compared: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: "first-request",
    what: "first request of a fresh isolate",
    anthropicFails: false,
    compared: ["universal", "direct", PASS_THROUGH.name],
  },
  {
    name: "first-failover",
    what: "first request, which fails over and needs Google's token",
    anthropicFails: true,
    compared: ["universal", "direct"],
  },
];

export const FIRST_REQUEST: readonly Measure[] = CASES.map((first) => ({
  name: first.name,
  what: first.what,
  run: (bench) => run(bench, first),
}));

async function run(bench: Bench, { name, what, anthropicFails, compared }: Case): Promise<readonly Row[]> {
  await bench.upstream.answers({ kind: "message" }, { anthropicFails });
  const names = [EMPTY.name, ...compared];
  const samples = await inRounds(names, bench.scaled(ROUNDS, 8), (variant) => firstMs(bench, variant));
  const base = { name: EMPTY.name, values: of(samples, EMPTY.name) };
  return compared.map((variant) => {
    const format = (ms: number) => `${ms.toFixed(2)} ms`;
    const reach = variant === PASS_THROUGH.name ? undefined : "≤ +3 ms";
    return differenceRow({ name, what, variant, values: of(samples, variant), base, format, reach }, "ms");
  });
}

function firstMs(bench: Bench, name: string): Promise<number> {
  const variants = VARIANTS.filter((variant) => variant.name === name);
  return bench.withWorkers(variants, (workers) =>
    withConnection(workers.get(name).port, (connection) => send(connection, { body: messagesBody(1_000) })),
  );
}
