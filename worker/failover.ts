/**
 * Walks the chain until one target has answered. The gateway is given all that is left of the chain at once and walks it
 * itself; what it answers is inspected here, and where that is no answer the walk goes on behind the target that gave it.
 */
import { type Target, targetName } from "./chain.ts";
import { type Expectation, type Failure, inspect, madeFailure, whoServed } from "./outcome.ts";

/** Where the gateway does not say who answered, a target may be asked a second time, never a third. */
const MAX_TRIES = 2;
const ANTHROPIC: Target = { kind: "anthropic" };

export interface Walk {
  targets: readonly Target[];
  expected: Expectation;
  /** When the whole chain gives up, in milliseconds since the epoch. */
  deadlineMs: number;
  /** Whether Vertex steps can be built without waiting for Google. */
  hasVertexToken(): boolean;
  /** Fetches what Vertex steps need. @throws an error whose message is a word for the attempts header. */
  awaitVertexToken(): Promise<void>;
  /** Sends these targets' steps in one call. Rejects where there is no response. */
  send(targets: readonly Target[], timeoutMs: number): Promise<Response>;
}

export interface Walked {
  /** Who answered; absent where all failed. */
  served?: Target;
  response?: Response;
  /** The error to answer, where no target gave an answer. */
  failure?: Failure;
  attempts: readonly string[];
}

export async function walk(call: Walk): Promise<Walked> {
  const attempts: string[] = [];
  const failures: { target: Target; failure: Failure }[] = [];
  const tries = new Map<Target, number>();
  const note = (target: Target, label: string | number) => attempts.push(`${targetName(target)}=${label}`);
  const fail = (target: Target, failure: Failure) => {
    note(target, failure.label);
    failures.push({ target, failure });
  };
  const untold = (targets: readonly Target[]) => {
    for (const target of targets) note(target, "?");
  };

  let left = [...call.targets];
  let hidesAnthropic = false;
  while (left.length > 0) {
    const timeoutMs = call.deadlineMs - Date.now();
    if (timeoutMs <= 0) break;
    const batch = await nextBatch(call, left, fail);
    if (batch.length === 0) break;
    for (const target of batch) tries.set(target, (tries.get(target) ?? 0) + 1);

    const { response, outcome } = await attempt(call, batch, timeoutMs);
    if (outcome.kind === "gateway" && outcome.verdict.action === "final") {
      untold(batch);
      return { failure: outcome.failure, attempts };
    }
    const served = whoServed(response, batch);
    if (served === undefined) {
      untold(batch);
      if (outcome.kind === "answer") return { response: outcome.response, attempts };
      failures.push({ target: ANTHROPIC, failure: outcome.failure });
      hidesAnthropic = batch.some((target) => target.kind === "anthropic");
      left = left.filter((target) => target.kind === "vertex" && (tries.get(target) ?? 0) < MAX_TRIES);
      continue;
    }
    const target = batch[served] as Target; // whoServed answers only with indices of the batch
    untold(batch.slice(0, served));
    if (outcome.kind === "answer") {
      note(target, outcome.response.status);
      return { served: target, response: outcome.response, attempts };
    }
    fail(target, outcome.failure);
    if (outcome.kind === "caller_error" && batch.length === 1 && !hidesAnthropic) {
      return { failure: outcome.failure, attempts };
    }
    if (served > 0 && batch[0]?.kind === "anthropic") hidesAnthropic = true;
    left = left.slice(left.indexOf(target) + 1);
  }

  if (hidesAnthropic && call.deadlineMs > Date.now()) {
    // The gateway has shown only the last target's error. Anthropic's own is what the caller must see: it may be a 400.
    const { response, outcome } = await attempt(call, [ANTHROPIC], call.deadlineMs - Date.now());
    if (outcome.kind === "answer") {
      note(ANTHROPIC, outcome.response.status);
      return { served: ANTHROPIC, response: outcome.response, attempts };
    }
    fail(ANTHROPIC, outcome.failure);
    if (response) return { failure: ownCredentialsAside(ANTHROPIC, outcome.failure, call), attempts };
  }
  return { failure: mostUseful(failures, call), attempts };
}

/** What can be sent now. Google never delays Anthropic: without a token Anthropic goes alone, and Vertex waits for it. */
async function nextBatch(
  call: Walk,
  left: readonly Target[],
  fail: (target: Target, failure: Failure) => void,
): Promise<readonly Target[]> {
  const firstVertex = left.findIndex((target) => target.kind === "vertex");
  if (firstVertex < 0 || call.hasVertexToken()) return left;
  if (firstVertex > 0) return left.slice(0, firstVertex);
  try {
    await call.awaitVertexToken();
    return left;
  } catch (error) {
    const label = error instanceof Error ? error.message : "google_unreachable";
    for (const target of left) {
      fail(target, madeFailure(label, 502, "Google gave no access token for Vertex.", call.expected.requestId));
    }
    return [];
  }
}

async function attempt(call: Walk, batch: readonly Target[], timeoutMs: number) {
  try {
    const response = await call.send(batch, timeoutMs);
    return { response, outcome: await inspect(response, call.expected) };
  } catch (error) {
    // Whatever the fetch rejects with is the target's failure; workerd's messages are not matched.
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    const failure = timedOut
      ? madeFailure("timeout", 504, "The target did not answer in time.", call.expected.requestId)
      : madeFailure("no_connection", 502, "The target could not be reached.", call.expected.requestId);
    return { response: undefined, outcome: { kind: "failure", failure } as const };
  }
}

const CREDENTIAL_STATUSES = new Set([401, 402, 403]);

/** All failed: the status that tells a client best what to do; 429 with its `retry-after` first, then 529, then the rest. */
function mostUseful(failures: readonly { target: Target; failure: Failure }[], call: Walk): Failure {
  const rank = ({ failure: { status, headers } }: { failure: Failure }): number => {
    if (status === 429) return headers.has("retry-after") ? 0 : 1;
    if (status === 529) return 2;
    return CREDENTIAL_STATUSES.has(status) ? 4 : 3;
  };
  const best = [...failures].sort((a, b) => rank(a) - rank(b))[0];
  if (!best) return madeFailure("deadline", 504, "No target answered in time.", call.expected.requestId);
  return ownCredentialsAside(best.target, best.failure, call);
}

/** A credential that a target refuses is this deployment's: told to the caller as a 401 it would send him to his own key. */
function ownCredentialsAside(target: Target, failure: Failure, call: Walk): Failure {
  if (!CREDENTIAL_STATUSES.has(failure.status)) return failure;
  const message = `The target ${targetName(target)} refuses this deployment's credential (${failure.status}).`;
  const headers = new Headers({ "x-should-retry": "false" });
  return { ...madeFailure(failure.label, 502, message, call.expected.requestId), headers };
}
