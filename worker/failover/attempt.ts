/**
 * Sends one call to one or more targets, and classifies the response. Each phase has a time limit:
 * the headers, a stream's first content, and the whole of any other answer. No limit is longer than
 * the time that is left for the chain.
 */
import type { Caller } from "../caller.ts";
import { ownFailure } from "../errors.ts";
import { classify, type Expectation, type Outcome, timeOut } from "../response/classify.ts";
import { TimeLimit } from "../time-limit.ts";

export interface AttemptLimits {
  /**
   * Time limit of one target in milliseconds. It ends with the headers of a stream, or with the end
   * of any other answer.
   */
  targetMs: number;
  /** Time limit from the headers of a stream to its first content. */
  firstEventMs: number;
  /** When the whole chain ends, in milliseconds since the epoch. */
  deadlineMs: number;
}

export interface Attempted {
  /** Undefined if there was no response. */
  response: Response | undefined;
  outcome: Outcome;
  ms: number;
  /**
   * The time limit of the call. Its `abort` closes the connection of an answer that is still
   * arriving.
   */
  limit: TimeLimit;
}

/**
 * @param send rejects if there is no response. An error that it throws before it calls is our own
 * defect and is not caught.
 * @param targets how many targets the call contains; the gateway gives each of them the time of one
 * target
 */
export async function attempt(
  send: (signal: AbortSignal) => Promise<Response>,
  targets: number,
  expected: Expectation,
  limits: AttemptLimits,
  caller: Caller,
): Promise<Attempted> {
  const startedMs = Date.now();
  const limit = new TimeLimit(caller);
  const leftMs = () => limits.deadlineMs - Date.now();
  limit.set(Math.min(limits.targetMs * targets, leftMs()));
  const response = await send(limit.signal).catch(() => undefined);
  const outcome = response
    ? await classify(response, expected, limit, {
        firstContentMs: Math.min(limits.firstEventMs, leftMs()),
        wholeMs: Math.min(wholeMs(response, targets, limits.targetMs, startedMs), leftMs()),
      })
    : noResponse(limit);
  limit.clear();
  if (outcome.kind !== "answer" || outcome.answer.body.kind === "text") {
    limit.end();
    // A body that is not read to its end keeps the connection open.
    if (outcome.kind !== "answer") limit.abort();
  }
  return { response, outcome, ms: Date.now() - startedMs, limit };
}

/** @returns the step that answered, as the gateway says; undefined if the call has no such step */
export function namedStep({ headers }: Response, targets: number): number | undefined {
  const named = headers.get("cf-aig-step") ?? "";
  return /^\d+$/.test(named) && Number(named) < targets ? Number(named) : undefined;
}

/**
 * @returns how long the rest of the answer may take. The gateway gives each step the same time, so
 * the latest start of the step that answered is known.
 */
function wholeMs(response: Response, targets: number, targetMs: number, startedMs: number): number {
  const step = namedStep(response, targets) ?? targets - 1;
  const latestMs = startedMs + targetMs * (step + 1);
  return Math.min(targetMs, latestMs - Date.now());
}

/** The error's message is not used, because workerd's messages differ from case to case. */
function noResponse(limit: TimeLimit): Outcome {
  if (limit.hasPassed) return timeOut();
  const failure = ownFailure("no_connection", 502, "The target could not be reached.");
  return { kind: "failure", failure, blame: "unclear" };
}
