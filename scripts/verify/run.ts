/**
 * Runs experiments one after the other, so that none disturbs another one's times. What one has
 * made is removed before the next one begins, also after its time limit and after Ctrl-C.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../command/failure.ts";
import type { Output } from "../command/output.ts";
import { redact } from "../command/redact.ts";
import type { Experiment } from "./experiment.ts";
import type { Finding } from "./finding.ts";
import type { Lab } from "./lab.ts";
import type { Point } from "./points.ts";

const TIME_LIMIT_MS = 180_000;
const REMOVAL_LIMIT_MS = 120_000;
/** A request that was cut off may still make its thing a moment later. */
const SETTLE_MS = 1_000;

export interface Decided {
  point: Point;
  finding: Finding;
  ms: number;
}

export interface Ran {
  /** In the order of the points. After Ctrl-C the rest is missing. */
  decided: readonly Decided[];
  /** What could not be removed, a line each. */
  left: readonly string[];
}

interface Running {
  output: Output;
  signal: AbortSignal;
}

export async function runExperiments(points: readonly Point[], lab: Lab, { output, signal }: Running): Promise<Ran> {
  const decided: Decided[] = [];
  const left: string[] = [];
  const scriptable = points.flatMap((point) => (point.how.kind === "experiment" ? [{ point, ...point.how }] : []));
  for (const [index, { point, experiment }] of scriptable.entries()) {
    if (signal.aborted) break;
    output.progress(`${index + 1} of ${scriptable.length}, point ${point.number}: ${point.sentence}`);
    const startedMs = performance.now();
    const own = lab.withSignal(AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]));
    const finding = await find(experiment, own, signal);
    if (finding) decided.push({ point, finding, ms: Math.round(performance.now() - startedMs) });
    if (own.signal.aborted) await sleep(SETTLE_MS);
    left.push(...(await own.temporaries.removeAll(lab.withSignal(AbortSignal.timeout(REMOVAL_LIMIT_MS)))));
  }
  return { decided, left };
}

/** Undefined after Ctrl-C. */
async function find(experiment: Experiment, lab: Lab, interrupt: AbortSignal): Promise<Finding | undefined> {
  try {
    return await experiment.run(lab);
  } catch (error) {
    if (interrupt.aborted) return undefined;
    return { verdict: "could not tell", seen: whyNot(error, lab) };
  }
}

function whyNot(error: unknown, { signal }: Lab): string {
  if (signal.aborted) return `it was not done within ${TIME_LIMIT_MS / 1_000} s`;
  if (error instanceof Failure) return error.message;
  const [first = "unknown error"] = (error instanceof Error ? error.message : String(error)).split("\n");
  return `this is a bug, please report it: ${redact(first)}`;
}
