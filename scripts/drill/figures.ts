/** The figures of a drill: the drilled requests beside the undrilled ones of the same time. */
import { costOf } from "../calls/prices.ts";
import { type GatewayEntry, targetOf } from "../clouds/gateway-log.ts";
import { type Sample, servedAnswer } from "./sample.ts";

export interface Side {
  requests: number;
  /** Whole messages. */
  served: number;
  /** Number of answers by target. */
  servedBy: Readonly<Record<string, number>>;
  /** Number of requests without a whole message, by the answer's status or a word. */
  failures: Readonly<Record<string, number>>;
  /** To the first event of a stream or the headers of JSON, of those that were served. */
  p50Ms: number | undefined;
  p99Ms: number | undefined;
  tokens: { inputTokens: number; outputTokens: number };
  /** By Anthropic's prices; undefined if the model has no price. */
  estimatedUsd: number | undefined;
}

export interface Figures {
  baseline: Side;
  drilled: Side;
  /** What the drill adds; undefined where a side has no figure. */
  added: { p50Ms: number | undefined; p99Ms: number | undefined };
  /** What the gateway's log has of the run. */
  log: { calls: number; requests: number; byTarget: Readonly<Record<string, LoggedCalls>>; costUsd: number };
  versions: readonly string[];
}

export interface LoggedCalls {
  succeeded: number;
  failed: number;
}

/** @param entries what the gateway's log has of each sample */
export function figuresOf(
  samples: readonly Sample[],
  entries: ReadonlyMap<Sample, readonly GatewayEntry[]>,
  model: string,
): Figures {
  const baseline = sideOf(
    samples.filter(({ isDrilled }) => !isDrilled),
    model,
  );
  const drilled = sideOf(
    samples.filter(({ isDrilled }) => isDrilled),
    model,
  );
  const versions = samples.flatMap(({ answer }) => (answer.kind === "answered" ? (answer.version ?? []) : []));
  return {
    baseline,
    drilled,
    added: { p50Ms: minus(drilled.p50Ms, baseline.p50Ms), p99Ms: minus(drilled.p99Ms, baseline.p99Ms) },
    log: loggedOf([...entries.values()]),
    versions: [...new Set(versions)],
  };
}

/** In percent; undefined without requests. */
export function successRate({ requests, served }: Side): number | undefined {
  return requests === 0 ? undefined : (served / requests) * 100;
}

function sideOf(samples: readonly Sample[], model: string): Side {
  const answers = samples.flatMap((sample) => servedAnswer(sample) ?? []);
  const firstMs = answers.map((answer) => answer.firstMs).sort((one, other) => one - other);
  const costs = answers.map(({ target, usage }) => costOf(model, target, usage));
  return {
    requests: samples.length,
    served: answers.length,
    servedBy: countBy(answers.map(({ target }) => target)),
    failures: countBy(samples.flatMap((sample) => (servedAnswer(sample) ? [] : labelOf(sample)))),
    p50Ms: percentile(firstMs, 0.5),
    p99Ms: percentile(firstMs, 0.99),
    tokens: {
      inputTokens: sum(answers.map(({ usage }) => usage.inputTokens)),
      outputTokens: sum(answers.map(({ usage }) => usage.outputTokens)),
    },
    estimatedUsd: costs.includes(undefined) ? undefined : sum(costs.map((cost) => cost ?? 0)),
  };
}

function labelOf({ answer }: Sample): string {
  if (answer.kind === "unreachable") return "no answer";
  return answer.status === 200 ? "cut off" : String(answer.status);
}

function loggedOf(calls: readonly (readonly GatewayEntry[])[]): Figures["log"] {
  const byTarget: Record<string, LoggedCalls> = {};
  for (const entry of calls.flat()) {
    const name = targetOf(entry);
    const counted = byTarget[name] ?? { succeeded: 0, failed: 0 };
    counted[entry.isSuccess ? "succeeded" : "failed"]++;
    byTarget[name] = counted;
  }
  return {
    calls: calls.flat().length,
    requests: calls.filter(({ length }) => length > 0).length,
    byTarget,
    costUsd: sum(calls.flat().map(({ costUsd }) => costUsd)),
  };
}

/** The smallest value that at least this share of all values do not exceed. */
function percentile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function minus(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one - other;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
