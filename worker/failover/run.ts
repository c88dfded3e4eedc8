/**
 * Runs a chain until one target has answered. Each round chooses a group of targets, sends it,
 * classifies the response, records it, and decides what is next.
 *
 * A group is sent in one call. In `universal` it has all remaining targets, which the gateway asks
 * one after the other. In the other routings it has one target. The gateway shows only the status
 * of the step that answered or, if all failed, of the last step. So a group ends with the first
 * target whose status must be visible. If all targets failed, each target whose status was hidden
 * is asked once more, alone. Then all routings give the same answer.
 */
import type { Caller } from "../caller.ts";
import { type Failure, ownFailure } from "../errors.ts";
import type { Blame } from "../response/blame.ts";
import type { Answer, Expectation, Outcome } from "../response/classify.ts";
import { BAD_RUN_TOKEN } from "../response/gateway-errors.ts";
import { platformOf } from "../targets/id-marks.ts";
import { needsGoogleToken, type Target } from "../targets/target.ts";
import type { TimeLimit } from "../time-limit.ts";
import { type Attempted, type AttemptLimits, attempt, namedStep } from "./attempt.ts";
import { type Attempt, AttemptLog } from "./attempts.ts";
import type { TargetHealth } from "./target-health.ts";

/** Builds and sends the steps of one request. */
export interface StepSender {
  /** @returns whether Vertex steps can be built without waiting for Google */
  hasToken(): boolean;
  /** @throws an error whose message is a word for the header `x-failover-attempts` */
  fetchToken(deadlineMs: number): Promise<void>;
  /** Sends the steps of these targets in one call. Rejects if there is no response. */
  send(targets: readonly Target[], signal: AbortSignal): Promise<Response>;
  /**
   * Called after a failure. @returns whether the target may accept the request in another form or
   * with another credential
   */
  repair(target: Target, failure: Failure): boolean;
  /**
   * @returns whether the target sent the 400 because it does not support something in the request
   */
  isUnsupported(target: Target, failure: Failure): boolean;
  /**
   * Called when the gateway has refused the run token. @returns whether there is another run token
   */
  otherRunToken(): boolean;
}

export interface Run {
  /** The targets in the order in which they are asked. */
  targets: readonly Target[];
  /** The targets that the breaker has moved to the end. */
  open: readonly Target[];
  /** Whether the first target is worth waiting for Google, because a person has forced it. */
  waitsForGoogle?: boolean;
  /** How many targets one call can have. */
  groupSize: number;
  expected: Expectation;
  limits: AttemptLimits;
  caller: Caller;
  health: TargetHealth;
  steps: StepSender;
}

export interface ChainResult {
  attempts: readonly Attempt[];
  /** The target that answered; undefined if all failed or the target is unknown. */
  served?: Target;
  answer?: Answer;
  /** The time limit of the answer, whose body may still be arriving. */
  limit?: TimeLimit;
  /** The error to return if no target answered. */
  failure?: Failure;
  /** Whether the caller has caused the error. */
  isCallerError?: boolean;
}

export function runChain(run: Run): Promise<ChainResult> {
  return new ChainRun(run).result();
}

class ChainRun {
  readonly #run: Run;
  readonly #log: AttemptLog;
  #left: Target[];
  /** Targets that were asked in a group and whose status is hidden. */
  readonly #hidden = new Set<Target>();
  /**
   * Targets whose status was hidden at least once. The client's next request must see their status.
   */
  readonly #wasHidden = new Set<Target>();
  /** Whether only targets with a hidden status are left. Then each target is asked alone. */
  #asksHidden = false;
  readonly #repaired = new Set<Target>();

  constructor(run: Run) {
    this.#run = run;
    this.#log = new AttemptLog(run.targets);
    this.#left = [...run.targets];
    this.#log.passedOver(run.open);
  }

  async result(): Promise<ChainResult> {
    const { targets, health } = this.#run;
    let result: ChainResult | undefined;
    try {
      while (!result && this.#mayGoOn() && this.#takesHidden()) result = await this.#next();
    } finally {
      for (const target of this.#wasHidden) if (target !== result?.served) health.hidden(target);
      // Ends a probe that was not sent or whose caller has left, so that the client's next request
      // is the probe.
      for (const target of targets) health.releaseProbe(target);
    }
    return result ?? { ...this.#failed(this.#log.mostUseful()), isCallerError: this.#log.hasCallerError };
  }

  #mayGoOn(): boolean {
    const { caller, limits } = this.#run;
    return !caller.hasLeft && Date.now() < limits.deadlineMs;
  }

  /** @returns whether a target is left to ask */
  #takesHidden(): boolean {
    if (this.#left.length === 0 && !this.#asksHidden) {
      this.#asksHidden = true;
      this.#left = [...this.#hidden];
    }
    return this.#left.length > 0;
  }

  async #next(): Promise<ChainResult | undefined> {
    const { expected, limits, caller, steps } = this.#run;
    const group = await this.#nextGroup();
    if (group.length === 0) return undefined;
    const attempted = await attempt((signal) => steps.send(group, signal), group.length, expected, limits, caller);
    const { outcome } = attempted;
    if (caller.hasLeft) return undefined;
    if (outcome.kind === "gateway" && outcome.verdict.action !== "continue") {
      if (outcome.verdict.code === BAD_RUN_TOKEN && steps.otherRunToken()) return undefined;
      this.#log.recordUnknown(group);
      return this.#failed(outcome.failure);
    }
    const served = whoServed(group, attempted);
    return served === undefined
      ? this.#recordUnassigned(group, attempted)
      : this.#record(group.slice(0, served), group[served] as Target, attempted); // `served` is an index of the group
  }

  /**
   * Google never delays a target that needs no token of Google. If there is no token, a group ends
   * in front of Vertex, and targets that need none go first, while the token is fetched.
   */
  async #nextGroup(): Promise<readonly Target[]> {
    const { groupSize, health, steps, limits, open, waitsForGoogle = false } = this.#run;
    const size = this.#asksHidden ? 1 : groupSize;
    const mustBeSeen = this.#left
      .slice(0, size)
      .findIndex((target) => this.#wasHidden.has(target) || health.mustBeSeen(target));
    const group = this.#left.slice(0, mustBeSeen < 0 ? size : mustBeSeen + 1);
    const firstVertex = group.findIndex(needsGoogleToken);
    if (firstVertex < 0 || steps.hasToken()) return group;
    if (firstVertex > 0) return group.slice(0, firstVertex);
    // A target that keeps failing is not asked earlier because of a token.
    const ready = this.#left.filter((target) => !needsGoogleToken(target) && !open.includes(target));
    if (ready.length > 0 && !waitsForGoogle) {
      this.#left = [...ready, ...this.#left.filter((target) => !ready.includes(target))];
      return this.#nextGroup();
    }
    try {
      await steps.fetchToken(limits.deadlineMs);
      return group;
    } catch (error) {
      const label = error instanceof Error ? error.message : "google_unreachable";
      const failure = ownFailure(label, 502, "Google gave no access token for Vertex.");
      for (const target of this.#left.filter(needsGoogleToken)) this.#log.failed(target, failure);
      this.#left = this.#left.filter((target) => !needsGoogleToken(target));
      return [];
    }
  }

  /** Records an outcome whose target within the group is unknown. */
  #recordUnassigned(group: readonly Target[], { outcome, limit }: Attempted): ChainResult | undefined {
    const { health } = this.#run;
    const [first] = group;
    if (outcome.kind === "answer") {
      this.#log.recordUnknown(group);
      return { answer: outcome.answer, limit, attempts: this.#log.attempts };
    }
    const { failure } = outcome;
    this.#left = this.#left.filter((target) => target !== first);
    for (const other of group.slice(1)) this.#wasHidden.add(other);
    if (first && failure.label === "timeout") {
      // The first target has had all of its time, even if the gateway has not asked the next one.
      this.#log.failed(first, failure);
      health.failed(first, failure, "unclear");
    } else if (first) {
      this.#log.recordUnknown(group);
      this.#log.failed(undefined, failure);
      this.#hide(first);
    }
    return undefined;
  }

  /**
   * @param before the targets of the group before the one that answered. They failed, and their
   * status is hidden.
   */
  #record(before: readonly Target[], target: Target, { outcome, ms, limit }: Attempted): ChainResult | undefined {
    this.#log.recordUnknown(before);
    for (const hidden of before) this.#hide(hidden);
    if (outcome.kind === "answer") {
      const { answer } = outcome;
      this.#log.answered(target, answer.response.status, ms);
      this.#run.health.answered(target, answer.body.kind === "text" ? "whole" : "begun");
      return { served: target, answer, limit, attempts: this.#log.attempts };
    }
    this.#left = this.#left.slice(this.#left.indexOf(target) + 1);
    this.#recordFailure(target, outcome, ms);
    return undefined;
  }

  #recordFailure(target: Target, outcome: Exclude<Outcome, { kind: "answer" }>, ms: number): void {
    const { health, steps } = this.#run;
    const { failure } = outcome;
    const mayRepair = !this.#repaired.has(target);
    if (mayRepair && steps.repair(target, failure)) {
      this.#repaired.add(target);
      this.#left.unshift(target);
      this.#log.failed(target, failure, ms);
      return;
    }
    if (outcome.kind === "caller_error" && !steps.isUnsupported(target, failure)) {
      this.#log.callerError(target, failure, ms);
      // Only targets with a hidden status are still asked. One of them may answer, and an error of
      // Anthropic is returned first.
      this.#left = [];
      return;
    }
    health.failed(target, failure, blameOf(outcome));
    this.#log.failed(target, failure, ms);
  }

  #hide(target: Target): void {
    this.#hidden.add(target);
    this.#wasHidden.add(target);
  }

  #failed(failure: Failure): ChainResult {
    return { failure, attempts: this.#log.attempts };
  }
}

/** If the gateway reports that the provider gave no response, the caller may have caused this. */
function blameOf(outcome: Exclude<Outcome, { kind: "answer" }>): Blame {
  switch (outcome.kind) {
    case "failure":
      return outcome.blame;
    case "gateway":
      return "unclear";
    case "caller_error":
      return "nobody";
  }
}

/**
 * @returns the index of the target that answered; in a group of one target, also of the target that
 * failed; undefined if unknown
 */
function whoServed(group: readonly Target[], { response, outcome }: Attempted): number | undefined {
  if (group.length === 1) return 0;
  const step = response && namedStep(response, group.length);
  if (step !== undefined) return step;
  // The id of an error may be the gateway's, so only a platform's mark says who made it.
  const servedBy =
    outcome.kind === "answer" ? outcome.answer.servedBy : platformOf(response?.headers.get("request-id") ?? "");
  const candidates = group.flatMap((target, index) => (target.kind === servedBy ? [index] : []));
  return candidates.length === 1 ? candidates[0] : undefined;
}

export function attemptsText(attempts: readonly Attempt[]): string {
  return attempts.map(({ target, result }) => `${target}=${result}`).join(";");
}
