/** The rows of a drill's table, for a terminal and for Markdown alike. */
import { formatUsd } from "../calls/prices.ts";
import { type Figures, type Side, successRate } from "./figures.ts";
import type { LoadResult } from "./load.ts";
import type { DrillPlan } from "./plan.ts";
import type { Proof, Seen } from "./proof.ts";

export const HEAD: readonly string[] = ["", "without drill", "drilled", "added"];

export function rowsOf({ baseline, drilled, added }: Figures): string[][] {
  const both = (name: string, cell: (side: Side) => string, more = "") => [name, cell(baseline), cell(drilled), more];
  return [
    both("requests", ({ requests }) => count(requests)),
    both("served", servedText),
    both("answered by", ({ servedBy }) => countsText(servedBy)),
    both("not served", ({ failures }) => countsText(failures)),
    both("first event, p50", ({ p50Ms }) => msText(p50Ms), addedText(added.p50Ms)),
    both("first event, p99", ({ p99Ms }) => msText(p99Ms), addedText(added.p99Ms)),
    both("tokens", ({ tokens }) => count(tokens.inputTokens + tokens.outputTokens)),
    both("cost, estimated", ({ estimatedUsd: usd }) => (usd === undefined ? "unknown" : formatUsd(usd))),
  ];
}

/** What there was of the fault, one line each. */
export function proofLines({ counts }: Proof, { target }: DrillPlan, isLogged: boolean): string[] {
  const texts: Readonly<Record<Seen, string>> = {
    refused: `${target} refused the call${isLogged ? ", by the gateway's log" : ", by the answers' headers"}`,
    failed: `${target} failed by itself`,
    answered: `${target} answered as if there was no drill`,
    "not asked": `${target} was not asked`,
    skipped: "the other provider could not be asked",
    unproven: "the gateway's log has no call",
    "no answer": "the Worker gave no answer",
  };
  const all = Object.values(counts).reduce((sum, number) => sum + number, 0);
  return Object.entries(texts).flatMap(([seen, text]) => {
    const number = counts[seen as Seen];
    return number === 0 ? [] : [`${count(number)} of ${count(all)} drilled requests: ${text}.`];
  });
}

/** The gateway's own count of the run. */
export function logLine({ log }: Figures): string {
  const targets = Object.entries(log.byTarget).map(
    ([name, { succeeded, failed }]) => `${name} ${count(succeeded)} answered and ${count(failed)} failed`,
  );
  const calls = `${count(log.calls)} calls of ${count(log.requests)} requests`;
  return `The gateway's log has ${calls}: ${targets.join("; ") || "none"}. It counts ${formatUsd(log.costUsd)}.`;
}

/** Undefined where no rate was asked for. */
export function rateLine({ sent, leftOut, sendingMs }: LoadResult, wanted: number | undefined): string | undefined {
  if (wanted === undefined) return undefined;
  const reached = reachedRate({ sent, sendingMs });
  const isReached = leftOut === 0 && reached >= wanted * RATE_TOLERANCE;
  if (isReached) return `The rate of ${wanted} requests a second was reached.`;
  const why = leftOut > 0 ? `: ${count(leftOut)} were left out, because too many were under way` : "";
  return `The rate was not reached: ${reached.toFixed(1)} instead of ${wanted} requests a second${why}.`;
}

/** The first request of a run needs no time before it. */
export function reachedRate({ sent, sendingMs }: Pick<LoadResult, "sent" | "sendingMs">): number {
  return sendingMs <= 0 ? sent : Math.max(0, sent - 1) / (sendingMs / 1_000);
}

const RATE_TOLERANCE = 0.95;

function servedText(side: Side): string {
  const rate = successRate(side);
  return rate === undefined ? "–" : `${count(side.served)} (${percentText(rate)})`;
}

/** Only all of them are 100 %. */
export function percentText(percent: number): string {
  return `${percent === 100 ? "100" : Math.min(percent, 99.99).toFixed(percent > 99 ? 2 : 1)} %`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).sort(([, one], [, other]) => other - one);
  return sorted.map(([name, number]) => `${name} ${count(number)}`).join(", ") || "–";
}

function msText(ms: number | undefined): string {
  return ms === undefined ? "–" : `${Math.round(ms)} ms`;
}

function addedText(ms: number | undefined): string {
  return ms === undefined ? "–" : `${ms < 0 ? "−" : "+"}${Math.abs(Math.round(ms))} ms`;
}

export function count(number: number): string {
  return number.toLocaleString("en-US");
}
