/**
 * The figures of a span of time. Cloudflare computes them from all lines of the Worker's log; only
 * the state of the breaker is read from the newest lines.
 */

import { ACCOUNT_LIMIT_RESULTS } from "../../worker/response/account-limits.ts";
import { type Answer, requireValue } from "../clouds/api-client.ts";
import type { Calculated, Calculation, CalculationQuery, Filter, Span, WorkerLog } from "../clouds/worker-log.ts";
import { partsOf } from "./sparkline.ts";

export interface Share {
  name: string;
  requests: number;
  /** To the answer's headers. */
  p50Ms: number | undefined;
  p99Ms: number | undefined;
}

export interface StatusFigures extends Span {
  /** Messages and counts of tokens. */
  all: Share;
  byTarget: readonly Share[];
  byClient: readonly Share[];
  byModel: readonly Share[];
  /** Answers with an error's status, of all endpoints. */
  errors: readonly { status: number; requests: number }[];
  streams: {
    requests: number;
    /** To the answer's end. */
    p50Ms: number | undefined;
    p99Ms: number | undefined;
    /** Those that were not complete, by how they ended. */
    ended: Readonly<Record<string, number>>;
  };
  failovers: {
    total: number;
    /** Those that an operator's drill caused. */
    drilled: number;
    /** Over time, in equal parts. */
    parts: readonly number[];
  };
  circuits: {
    /** How many of the newest lines were read. */
    lines: number;
    oldestMs: number | undefined;
    /** In how many of them a circuit was open. */
    open: Readonly<Record<string, number>>;
  };
  /** In how many of the same lines a target named a limit of the account, by target and result. */
  limits: Readonly<Record<string, number>>;
  /** One line of this many was read by Cloudflare; 1: all. */
  sampledOneIn: number;
}

export const PARTS = 60;
const NEWEST_LINES = 100;

const COUNT: Calculation = { operator: "count", alias: "requests" };
const HEADERS_MS: readonly Calculation[] = [
  { operator: "p50", key: "ms", alias: "p50" },
  { operator: "p99", key: "ms", alias: "p99" },
];
const STREAM_MS: readonly Calculation[] = [
  { operator: "p50", key: "stream_ms", alias: "p50" },
  { operator: "p99", key: "stream_ms", alias: "p99" },
];
/** What fails over. */
const ASKED: Filter = {
  kind: "group",
  filterCombination: "or",
  filters: [
    { key: "method", operation: "eq", type: "string", value: "messages" },
    { key: "method", operation: "eq", type: "string", value: "count_tokens" },
  ],
};
const exists = (key: string): Filter => ({ key, operation: "exists", type: "string" });

/**
 * @param usual the target that answers if nothing fails
 * @throws {Failure} if the log cannot be read
 */
export async function readFigures(log: WorkerLog, span: Span, usual: string): Promise<StatusFigures> {
  const calculate = async (query: Omit<CalculationQuery, keyof Span>) => {
    const answer: Answer<Calculated> = await log.calculate({ ...span, ...query });
    return requireValue(answer, "the Worker's log");
  };
  const shares = (key: string) =>
    calculate({ filters: [ASKED], calculations: [COUNT, ...HEADERS_MS], groupBy: { key, type: "string" } });
  const failedOver: readonly Filter[] = [
    ASKED,
    exists("target"),
    { key: "target", operation: "neq", type: "string", value: usual },
  ];
  const [all, targets, clients, models, errors, streams, ends, failovers, drilled, newest] = await Promise.all([
    calculate({ filters: [ASKED], calculations: [COUNT, ...HEADERS_MS] }),
    shares("target"),
    shares("client"),
    shares("model"),
    calculate({
      filters: [{ key: "status", operation: "gte", type: "number", value: 400 }],
      calculations: [COUNT],
      groupBy: { key: "status", type: "number" },
    }),
    calculate({ filters: [ASKED, exists("stream")], calculations: [COUNT, ...STREAM_MS] }),
    calculate({ filters: [ASKED], calculations: [COUNT], groupBy: { key: "stream", type: "string" } }),
    calculate({ filters: failedOver, calculations: [COUNT], parts: PARTS }),
    calculate({ filters: [...failedOver, exists("drilled")], calculations: [COUNT] }),
    log.lines({ ...span, filters: [ASKED], limit: NEWEST_LINES }),
  ]);
  const { lines } = requireValue(newest, "the Worker's log");
  const calculated = [all, targets, clients, models, errors, streams, ends, failovers, drilled];
  return {
    ...span,
    all: { ...toShare(all), name: "all" },
    byTarget: toShares(targets),
    byClient: toShares(clients),
    byModel: toShares(models),
    errors: errors.groups
      .map(({ value, figures }) => ({ status: Number(value), requests: figures.requests ?? 0 }))
      .sort((one, other) => other.requests - one.requests),
    streams: { ...toShare(streams), ended: endsOf(ends) },
    failovers: {
      total: totalOf(failovers),
      drilled: totalOf(drilled),
      parts: partsOf(failovers.series, span, PARTS),
    },
    circuits: {
      lines: lines.length,
      oldestMs: lines.at(-1)?.writtenMs,
      open: countOf(lines.flatMap(({ line }) => line.open_circuits ?? [])),
    },
    limits: countOf(lines.flatMap(({ line }) => (line.attempts ?? []).flatMap(limitOf))),
    sampledOneIn: Math.max(...calculated.map(({ sampledOneIn }) => sampledOneIn)),
  };
}

function toShares({ groups }: Calculated): Share[] {
  return groups
    .map(({ value, figures }) => shareOf(String(value), figures))
    .sort((one, other) => other.requests - one.requests || (one.name < other.name ? -1 : 1));
}

function toShare({ groups: [first] }: Calculated): Share {
  return shareOf("", first?.figures ?? {});
}

/** Of no requests there is no percentile, although the API gives 0. */
function shareOf(name: string, { requests = 0, p50, p99 }: Readonly<Record<string, number>>): Share {
  return requests === 0
    ? { name, requests, p50Ms: undefined, p99Ms: undefined }
    : { name, requests, p50Ms: p50, p99Ms: p99 };
}

function totalOf(calculated: Calculated): number {
  return toShare(calculated).requests;
}

function endsOf({ groups }: Calculated): Record<string, number> {
  const ends = groups.filter(({ value }) => value !== "complete");
  return Object.fromEntries(ends.map(({ value, figures }) => [String(value), figures.requests ?? 0]));
}

function limitOf({ target, result }: { target: string; result: string }): string[] {
  return ACCOUNT_LIMIT_RESULTS.includes(result) ? [`${target} ${result}`] : [];
}

function countOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
