/**
 * Runs a drill: sends drilled and undrilled requests by turns, reads the gateway's log meanwhile, and
 * judges. It stops at once when an answer shows that the drill's fault cannot happen.
 */
import { ask, type Question } from "../clouds/worker.ts";
import type { Output } from "../command/output.ts";
import { pause } from "../command/pause.ts";
import { figuresOf, successRate } from "./figures.ts";
import { type LoadResult, runLoad } from "./load.ts";
import type { DrillPlan } from "./plan.ts";
import { type ProofOptions, prove, seenOf } from "./proof.ts";
import type { DrillOutcome, DrillResult } from "./report.ts";
import type { RunLog } from "./run-log.ts";
import { RunEntries, type Sample } from "./sample.ts";

/** Of a target that hangs, so many requests may be under way. */
const MAX_IN_FLIGHT = 200;
const SHOW_EVERY_MS = 500;

interface DrillOptions {
  url: string;
  question: Question;
  plan: DrillPlan;
  count: number;
  /** Requests a second; undefined: one request after the other. */
  rate: number | undefined;
  routing: ProofOptions["routing"];
  /** Undefined where no call goes through the gateway. */
  log: RunLog | undefined;
  output: Output;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  minSuccess: number;
}

type Ran = Pick<DrillResult, "outcome" | "startedMs" | "durationMs" | "load" | "proof" | "figures" | "logProblem">;

export async function runDrill(options: DrillOptions): Promise<Ran> {
  const { url, question, plan, count, rate, routing, log, output, signal, minSuccess } = options;
  const startedMs = Date.now();
  const samples: Sample[] = [];
  const underWay = new Set<{ sentMs: number }>();
  const impossible = new AbortController();
  const sending = AbortSignal.any([signal, impossible.signal]);

  const send = async (index: number) => {
    const isDrilled = index % 2 === 1;
    const request = { sentMs: Date.now() };
    underWay.add(request);
    try {
      const answer = await ask(url, isDrilled ? { ...question, drill: plan.drilled } : question, sending);
      const sample: Sample = { isDrilled, startedMs: request.sentMs, answer };
      samples.push(sample);
      const seen = seenOf(sample, { target: plan.target, routing, entries: new Map() });
      if (isDrilled && (seen === "answered" || seen === "skipped")) impossible.abort();
    } catch {
      // It was given up: by Ctrl-C, or because the drill cannot work.
    } finally {
      underWay.delete(request);
    }
  };

  const sent = new AbortController();
  const reading = log?.follow(AbortSignal.any([sent.signal, signal]), () => oldestOf(underWay));
  const showing = show(sent.signal, () => progress(samples, count, startedMs, rate), output);
  let load: LoadResult;
  try {
    load =
      rate === undefined
        ? await inTurn(count, send, sending)
        : await runLoad({ count, ratePerSecond: rate, maxInFlight: MAX_IN_FLIGHT }, send, sending);
  } finally {
    sent.abort();
    await Promise.all([reading, showing]);
  }
  const durationMs = Date.now() - startedMs;
  await log?.complete(samples, (missing) => output.progress(`waiting for the gateway's log: ${missing} missing …`));

  const entries = (log?.entries ?? new RunEntries()).bySample(samples);
  const drilled = samples.filter(({ isDrilled }) => isDrilled);
  const proof = prove(drilled, { target: plan.target, routing, entries });
  const figures = figuresOf(samples, entries, question.model);
  const isEnough = (successRate(figures.drilled) ?? 0) >= minSuccess;
  const outcome: DrillOutcome = signal.aborted
    ? "interrupted"
    : proof.failure
      ? "not proven"
      : isEnough
        ? "proven"
        : "failover failed";
  return { outcome, startedMs, durationMs, load, proof, figures, logProblem: log?.problem };
}

async function inTurn(count: number, send: (index: number) => Promise<void>, stop: AbortSignal): Promise<LoadResult> {
  const startedMs = performance.now();
  let sent = 0;
  for (; sent < count && !stop.aborted; sent++) await send(sent);
  return { sent, leftOut: 0, sendingMs: performance.now() - startedMs, abandoned: 0 };
}

/** When the oldest request under way was sent, or now. */
function oldestOf(underWay: ReadonlySet<{ sentMs: number }>): number {
  return Math.min(Date.now(), ...[...underWay].map(({ sentMs }) => sentMs));
}

async function show(stop: AbortSignal, text: () => string, output: Output): Promise<void> {
  while (!stop.aborted) {
    output.progress(text());
    await pause(SHOW_EVERY_MS, stop);
  }
}

function progress(samples: readonly Sample[], count: number, startedMs: number, rate: number | undefined): string {
  const answered = samples.filter(({ answer }) => answer.kind === "answered" && answer.isComplete).length;
  const seconds = Math.round((Date.now() - startedMs) / 1_000);
  const of = rate === undefined ? "" : ` of ${Math.round(count / rate)} s`;
  return `${seconds}${of}: ${samples.length} of ${count} answers, ${answered} whole …`;
}
