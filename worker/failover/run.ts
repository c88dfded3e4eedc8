/**
 * Runs a chain until one target has answered: choose a group → send it → classify what came →
 * record it → decide what is next.
 *
 * A group is what goes in one call: in `universal` all that is left of the chain, which the gateway
 * walks itself; else one target. The gateway shows only the status of the step that answered or,
 * where all failed, of the last one. So a group ends with the first target whose status must be
 * seen, and where all have failed those that were hidden are asked once more, each alone: then all
 * routings give the same answer.
 */
import type { Caller } from "../caller.ts";
import { type Failure, ownFailure } from "../errors.ts";
import type { Blame } from "../response/blame.ts";
import type { Answer, Expectation, Outcome } from "../response/classify.ts";
import { BAD_RUN_TOKEN } from "../response/gateway-errors.ts";
import type { Target } from "../targets/target.ts";
import type { TimeLimit } from "../time-limit.ts";
import { type Attempted, type AttemptLimits, attempt, namedStep } from "./attempt.ts";
import { type Attempt, AttemptLog } from "./attempts.ts";
import type { TargetHealth } from "./target-health.ts";

/** How the steps of one request are built and sent. */
export interface StepSender {
  /** Whether Vertex steps can be built without waiting for Google. */
  hasToken(): boolean;
  /** @throws an error whose message is a word for the attempts header */
  fetchToken(deadlineMs: number): Promise<void>;
  /** Sends these targets' steps in one call. Rejects where there is no response. */
  send(targets: readonly Target[], signal: AbortSignal): Promise<Response>;
  /**
   * After a failure: whether the target would take the request in another form or with another
   * credential.
   */
  repair(target: Target, failure: Failure): boolean;
  /** Whether a target's 400 is its own: it lacks something that the request has. */
  isUnsupported(target: Target, failure: Failure): boolean;
  /** Whether the gateway, which has refused the run token, can be shown another one. */
  otherRunToken(): boolean;
}

export interface Run {
  /** In the order to try. */
  targets: readonly Target[];
  /** Those that the breaker has moved to the end. */
  open: readonly Target[];
  /** How many targets one call can carry. */
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
  /** The limit of the answer, whose body may still be arriving. */
  limit?: TimeLimit;
  /** The error to return, where no target gave an answer. */
  failure?: Failure;
  /** The caller's own error: failover has nothing to do with it. */
  isCallerError?: boolean;
}

export function runChain(run: Run): Promise<ChainResult> {
  return new ChainRun(run).result();
}

class ChainRun {
  readonly #run: Run;
  readonly #log: AttemptLog;
  #left: Target[];
  /** Asked in a group, and their status not seen. */
  readonly #hidden = new Set<Target>();
  /** Those that were hidden once: the next request is to see them at once. */
  readonly #wasHidden = new Set<Target>();
  /** From the time on when only the hidden ones are left, each is asked alone. */
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
      // A probe that was never sent, or whose caller has left, is given back.
      for (const target of targets) health.releaseProbe(target);
    }
    return result ?? { ...this.#failed(this.#log.mostUseful()), isCallerError: this.#log.hasCallerError };
  }

  #mayGoOn(): boolean {
    const { caller, limits } = this.#run;
    return !caller.hasLeft && Date.now() < limits.deadlineMs;
  }

  /** @returns whether anybody is left to be asked */
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
      : this.#record(group.slice(0, served), group[served] as Target, attempted); // an index of the group
  }

  /**
   * Google never delays Anthropic: without a token Anthropic goes alone, and Vertex waits for it.
   */
  async #nextGroup(): Promise<readonly Target[]> {
    const { groupSize, health, steps, limits } = this.#run;
    const size = this.#asksHidden ? 1 : groupSize;
    const mustBeSeen = this.#left
      .slice(0, size)
      .findIndex((target) => this.#wasHidden.has(target) || health.mustBeSeen(target));
    const group = this.#left.slice(0, mustBeSeen < 0 ? size : mustBeSeen + 1);
    const firstVertex = group.findIndex((target) => target.kind === "vertex");
    if (firstVertex < 0 || steps.hasToken()) return group;
    if (firstVertex > 0) return group.slice(0, firstVertex);
    try {
      await steps.fetchToken(limits.deadlineMs);
      return group;
    } catch (error) {
      const label = error instanceof Error ? error.message : "google_unreachable";
      const failure = ownFailure(label, 502, "Google gave no access token for Vertex.");
      for (const target of this.#left) if (target.kind === "vertex") this.#log.failed(target, failure);
      this.#left = this.#left.filter((target) => target.kind === "anthropic");
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
      // The first target had all the time that it gets, whether or not the gateway went on.
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
   * @param before what the group had in front of the target that answered: asked, failed, and not
   * seen
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
      // Only targets that were hidden are still asked: one may say something else, and Anthropic's word comes first.
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

/** That the provider gave no response, as the gateway says, may be the caller's doing. */
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

/** The target of a group that answered or, if it is the only one, failed; undefined if unknown. */
function whoServed(group: readonly Target[], { response, outcome }: Attempted): number | undefined {
  if (group.length === 1) return 0;
  const step = response && namedStep(response, group.length);
  if (step !== undefined) return step;
  const fromVertex =
    outcome.kind === "answer"
      ? outcome.answer.fromVertex
      : response?.headers.get("request-id")?.startsWith("req_vrtx_") || undefined;
  const candidates = group.flatMap((target, index) => ((target.kind === "vertex") === fromVertex ? [index] : []));
  return candidates.length === 1 ? candidates[0] : undefined;
}

export function attemptsText(attempts: readonly Attempt[]): string {
  return attempts.map(({ target, result }) => `${target}=${result}`).join(";");
}
