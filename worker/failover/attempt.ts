/**
 * One call to one or more targets, and the classification of its response. Each phase has a time
 * limit: the headers, a stream's first content, the whole of any other answer. None is longer than
 * what is left for the chain.
 */
import type { Caller } from "../caller.ts";
import { ownFailure } from "../errors.ts";
import { classify, type Expectation, type Outcome, timeOut } from "../response/classify.ts";
import { TimeLimit } from "../time-limit.ts";

export interface AttemptLimits {
  /**
   * How long one target may take, in milliseconds: of a stream to its headers, of anything else to
   * its end.
   */
  targetMs: number;
  /** From the headers to a stream's first content. */
  firstEventMs: number;
  /** When the whole chain gives up, in milliseconds since the epoch. */
  deadlineMs: number;
}

export interface Attempted {
  /** Undefined where there was none. */
  response: Response | undefined;
  outcome: Outcome;
  ms: number;
  /** Ends the call: it closes the connection of an answer that is still coming. */
  limit: TimeLimit;
}

/**
 * @param send rejects where there is no response; what it throws before it calls is a defect of
 * ours, and passes
 * @param targets how many the call carries: the gateway gives each its time
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
    // A body that is not read to its end would keep its connection open.
    if (outcome.kind !== "answer") limit.abort();
  }
  return { response, outcome, ms: Date.now() - startedMs, limit };
}

/** The step that the gateway says has answered; undefined if the call has no such step. */
export function namedStep({ headers }: Response, targets: number): number | undefined {
  const named = headers.get("cf-aig-step") ?? "";
  return /^\d+$/.test(named) && Number(named) < targets ? Number(named) : undefined;
}

/** The gateway gives each step the same time, so the step that answered must have begun by then. */
function wholeMs(response: Response, targets: number, targetMs: number, startedMs: number): number {
  const step = namedStep(response, targets) ?? targets - 1;
  const latestMs = startedMs + targetMs * (step + 1);
  return Math.min(targetMs, latestMs - Date.now());
}

/** workerd's messages are not matched: they differ from case to case. */
function noResponse(limit: TimeLimit): Outcome {
  if (limit.hasPassed) return timeOut();
  const failure = ownFailure("no_connection", 502, "The target could not be reached.");
  return { kind: "failure", failure, blame: "unclear" };
}
