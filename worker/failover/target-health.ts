/**
 * The circuit breaker as one request sees it: its client, its model, its order of targets. A target
 * that fails in a drill says nothing about its health.
 */
import { errorStatus, type Failure } from "../errors.ts";
import type { Blame } from "../response/blame.ts";
import type { Watched } from "../response/relay.ts";
import { type Target, targetName } from "../targets/target.ts";
import type { CircuitBreaker, Requester } from "./circuit-breaker.ts";

/** Longer values of `retry-after` are ignored; the breaker limits them further. */
const MAX_RETRY_AFTER_S = 86_400;

export class TargetHealth {
  readonly #breaker: CircuitBreaker;
  readonly #requester: Requester;
  readonly #drilled: ReadonlySet<string>;

  constructor(breaker: CircuitBreaker, requester: Requester, drilled: ReadonlySet<string> = new Set()) {
    this.#breaker = breaker;
    this.#requester = requester;
    this.#drilled = drilled;
  }

  /** What the operator forces first, open circuits last. */
  order(targets: readonly Target[], force: string | null): { targets: Target[]; open: Target[] } {
    const nowMs = Date.now();
    const forced = targets.filter((target) => targetName(target) === force);
    const others = targets.filter((target) => targetName(target) !== force);
    const open = others.filter((target) => this.#breaker.isOpen(target, this.#requester, nowMs));
    return { targets: [...forced, ...others.filter((target) => !open.includes(target)), ...open], open };
  }

  mustBeSeen(target: Target): boolean {
    return this.#breaker.mustBeSeen(target, this.#requester, Date.now());
  }

  answered(target: Target, how: "begun" | "whole"): void {
    if (!this.#isDrilled(target)) this.#breaker.answered(target, this.#requester, how, Date.now());
  }

  failed(target: Target, failure: Failure, blame: Blame): void {
    if (this.#isDrilled(target)) return;
    const retryAfterS = Number(failure.headers.get("retry-after") ?? 0) || 0;
    const report = { blame, status: failure.status, retryAfterMs: Math.min(retryAfterS, MAX_RETRY_AFTER_S) * 1_000 };
    this.#breaker.failed(target, this.#requester, report, Date.now());
  }

  hidden(target: Target): void {
    if (!this.#isDrilled(target)) this.#breaker.hidden(target, this.#requester, Date.now());
  }

  /**
   * The request says nothing about the target's health: if it was to be the probe, another one is.
   */
  releaseProbe(target: Target): void {
    this.#breaker.releaseProbe(target, this.#requester);
  }

  /**
   * How a stream ended after its first content: cut, silent and failing streams are their target's
   * failures.
   */
  streamEnded(target: Target, { end, callerWasSlow }: Watched): void {
    switch (end.kind) {
      case "complete":
        return this.answered(target, "whole");
      case "client_left":
      case "client_stalled":
        return;
      case "error":
      case "cut":
      case "idle": {
        if (this.#isDrilled(target)) return;
        const status = end.kind === "error" ? errorStatus(end.type) : 502;
        // The request itself may be why, as it may be for such an error before the first content.
        const blame = callerWasSlow || status < 429 ? "unclear" : "target";
        this.#breaker.failed(target, this.#requester, { blame, status, retryAfterMs: 0 }, Date.now());
      }
    }
  }

  openCircuits(): string[] {
    return this.#breaker.openCircuits(this.#requester);
  }

  #isDrilled(target: Target): boolean {
    return this.#drilled.has(targetName(target));
  }
}
