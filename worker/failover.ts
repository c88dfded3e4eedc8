/**
 * Walks the chain until one target has answered. What is sent at once is a batch (in `universal` all that is left of the
 * chain, which the gateway walks itself; else one target); what comes back is inspected, and where it is no answer the walk
 * goes on behind the target that gave it.
 */

import { BAD_RUN_TOKEN } from "./gateway-errors.ts";
import { type Answer, type Expectation, type Failure, inspect, madeFailure, type Outcome } from "./outcome.ts";
import { ANTHROPIC, type Target } from "./target.ts";
import { type Attempt, Trail } from "./trail.ts";

/** Where the gateway does not say who answered, a target may be asked a second time, never a third. */
const MAX_TRIES = 2;

export interface Walk {
  targets: readonly Target[];
  expected: Expectation;
  /** When the whole chain gives up, in milliseconds since the epoch. */
  deadlineMs: number;
  /** How many targets one call can carry. */
  maxBatch: number;
  /** The caller's: once it is aborted nothing more is sent. */
  signal: AbortSignal;
  /** Whether Anthropic is to be left alone; then it is not asked again for an error that the gateway has hidden. */
  anthropicIsOpen: boolean;
  /** What Vertex steps need of Google. `fetch` throws an error whose message is a word for the attempts header. */
  vertexToken: { isAtHand(): boolean; fetch(): Promise<void> };
  /** How long one call with so many targets may take: to its headers where a stream is expected, else to its end. */
  limitMs(targets: number): number;
  /** Sends these targets' steps in one call. Rejects where there is no response. */
  send(targets: readonly Target[], signal: AbortSignal): Promise<Response>;
  /** Whether the target would take the request with something optional left out that its error names. */
  repair(target: Target, failure: Failure): boolean;
  /** Whether the gateway, which has refused the run token, can be shown another one. */
  otherRunToken(): boolean;
  /** Told of each outcome that says something about a target's health; a failure that the gateway has hidden has none. */
  onHealth(target: Target, failure: Failure | "unknown" | undefined): void;
}

export interface Walked {
  /** Who answered; absent where all failed or nothing tells. */
  served?: Target;
  response?: Response;
  /** The error to answer, where no target gave an answer. */
  failure?: Failure;
  attempts: readonly Attempt[];
}

export async function walk(call: Walk): Promise<Walked> {
  const { requestId } = call.expected;
  const trail = new Trail(requestId);
  const tries = new Map<Target, number>();
  let left = [...call.targets];
  let anthropicIsHidden = false;

  while (left.length > 0 && !call.signal.aborted && Date.now() < call.deadlineMs) {
    const batch = await nextBatch(call, left, trail);
    if (batch.length === 0) break;
    const { response, outcome, ms } = await attempt(call, batch);
    if (call.signal.aborted) break;
    if (outcome.kind === "gateway" && outcome.verdict.code === BAD_RUN_TOKEN && call.otherRunToken()) continue;
    for (const target of batch) tries.set(target, (tries.get(target) ?? 0) + 1);
    if (outcome.kind === "gateway" && outcome.verdict.action !== "continue") {
      trail.untold(batch);
      return { failure: outcome.failure, attempts: trail.attempts };
    }

    const served = whoServed(batch, response, outcome);
    if (served === undefined) {
      trail.untold(batch);
      if (outcome.kind === "answer") return { response: outcome.answer.response, attempts: trail.attempts };
      trail.keep(outcome.failure);
      // Whoever was first was asked for certain, and Anthropic is asked again only for its own error, below.
      const anthropicWasAsked = batch[0] === ANTHROPIC;
      anthropicIsHidden ||= anthropicWasAsked;
      left = left.filter(
        (target) => !(target === ANTHROPIC && anthropicWasAsked) && (tries.get(target) ?? 0) < MAX_TRIES,
      );
      continue;
    }
    const target = batch[served] as Target; // whoServed answers only with indices of the batch
    const before = batch.slice(0, served);
    trail.untold(before);
    if (outcome.kind === "answer") {
      for (const failed of before) call.onHealth(failed, "unknown");
      return succeed(call, trail, target, outcome.answer, ms);
    }
    anthropicIsHidden ||= before.includes(ANTHROPIC);
    trail.failed(target, outcome.failure, ms);
    if (outcome.kind !== "caller_error") call.onHealth(target, outcome.failure);
    const repaired = (tries.get(target) ?? 0) < MAX_TRIES && call.repair(target, outcome.failure);
    if (!repaired && outcome.kind === "caller_error" && !anthropicIsHidden) {
      return { failure: outcome.failure, attempts: trail.attempts };
    }
    left = left.slice(left.indexOf(target) + (repaired ? 0 : 1));
  }

  if (anthropicIsHidden && !call.anthropicIsOpen && !call.signal.aborted && Date.now() < call.deadlineMs) {
    // The gateway has shown only the last target's error. Anthropic's own is what the caller must see: it may be a 400.
    const { response, outcome, ms } = await attempt(call, [ANTHROPIC]);
    if (outcome.kind === "answer") return succeed(call, trail, ANTHROPIC, outcome.answer, ms);
    trail.failed(ANTHROPIC, outcome.failure, ms);
    if (outcome.kind !== "caller_error") call.onHealth(ANTHROPIC, outcome.failure);
    if (response) return { failure: trail.asTold(ANTHROPIC, outcome.failure), attempts: trail.attempts };
  }
  return { failure: trail.mostUseful(), attempts: trail.attempts };
}

function succeed(call: Walk, trail: Trail, target: Target, { response }: Answer, ms: number): Walked {
  trail.answered(target, response.status, ms);
  call.onHealth(target, undefined);
  return { served: target, response, attempts: trail.attempts };
}

/** What can be sent now. Google never delays Anthropic: without a token Anthropic goes alone, and Vertex waits for it. */
async function nextBatch(call: Walk, left: readonly Target[], trail: Trail): Promise<readonly Target[]> {
  const batch = left.slice(0, call.maxBatch);
  const firstVertex = batch.findIndex((target) => target.kind === "vertex");
  if (firstVertex < 0 || call.vertexToken.isAtHand()) return batch;
  if (firstVertex > 0) return batch.slice(0, firstVertex);
  try {
    await call.vertexToken.fetch();
    return batch;
  } catch (error) {
    const label = error instanceof Error ? error.message : "google_unreachable";
    const failure = madeFailure(label, 502, "Google gave no access token for Vertex.", call.expected.requestId);
    const others = left.filter((target) => target.kind === "anthropic");
    for (const target of left) if (target.kind === "vertex") trail.failed(target, failure);
    return others;
  }
}

interface Attempted {
  response: Response | undefined;
  outcome: Outcome;
  ms: number;
}

/**
 * One call and the look at what came. The time limit ends with a streamed answer's headers (its events have limits of their own)
 * and with the whole of any other; what fails after the headers still has a response, which tells who it was.
 */
async function attempt(call: Walk, batch: readonly Target[]): Promise<Attempted> {
  const startedMs = Date.now();
  const leftMs = call.deadlineMs - startedMs;
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new DOMException("out of time", "TimeoutError")),
    Math.min(leftMs, call.limitMs(batch.length)),
  );
  let response: Response | undefined;
  try {
    response = await call.send(batch, AbortSignal.any([call.signal, limit.signal]));
    if (call.expected.stream !== false) clearTimeout(timer);
    const firstEventMs = Math.min(call.expected.firstEventMs, call.deadlineMs - Date.now());
    const outcome = await inspect(response, { ...call.expected, firstEventMs });
    return { response, outcome, ms: Date.now() - startedMs };
  } catch (error) {
    // Whatever it is rejected with is the target's failure; workerd's messages are not matched.
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    const { requestId } = call.expected;
    const failure = timedOut
      ? madeFailure("timeout", 504, "The target did not answer in time.", requestId)
      : madeFailure("no_connection", 502, "The target could not be reached.", requestId);
    return { response, outcome: { kind: "failure", failure }, ms: Date.now() - startedMs };
  } finally {
    clearTimeout(timer);
  }
}

/** Which target of a batch answered or, alone, failed; undefined where nothing tells. */
function whoServed(batch: readonly Target[], response: Response | undefined, outcome: Outcome): number | undefined {
  if (batch.length === 1) return 0;
  const step = response?.headers.get("cf-aig-step");
  if (step && /^\d+$/.test(step) && Number(step) < batch.length) return Number(step);
  const isVertexs =
    outcome.kind === "answer"
      ? outcome.answer.isVertexs
      : response?.headers.get("request-id")?.startsWith("req_vrtx_") || undefined;
  if (isVertexs === undefined) return undefined;
  const candidates = batch.flatMap((target, index) => ((target.kind === "vertex") === isVertexs ? [index] : []));
  return candidates.length === 1 ? candidates[0] : undefined;
}
