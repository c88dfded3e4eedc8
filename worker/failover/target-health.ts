/**
 * The circuit breaker for one request, with the request's client and model. Failures of a drill are
 * not recorded, because they say nothing about the target's health.
 */
import { errorStatus, type Failure } from "../errors.ts";
import type { KeepAlive } from "../google/token-cache.ts";
import type { Blame } from "../response/blame.ts";
import type { Watched } from "../response/relay.ts";
import { type Target, targetName } from "../targets/target.ts";
import type { CircuitBreaker, FailureReport, Requester } from "./circuit-breaker.ts";
import type { Neighbours } from "./neighbours.ts";

/** The longest `retry-after` that is used. The breaker limits the value further. */
const MAX_RETRY_AFTER_S = 86_400;

export interface Order {
  targets: Target[];
  /** The targets with an open circuit. */
  open: Target[];
  /** Whether the preferred target was moved. */
  isSticky: boolean;
  /** Whether a target that needs Google's token keeps its place while the token is fetched. */
  waitsForGoogle: boolean;
}

/** How a failure reaches the other isolates of the location. */
export interface Surroundings {
  neighbours: Neighbours | undefined;
  keepAlive: KeepAlive;
}

export class TargetHealth {
  readonly #breaker: CircuitBreaker;
  readonly #requester: Requester;
  readonly #drilled: ReadonlySet<string>;
  readonly #surroundings: Surroundings | undefined;

  constructor(
    breaker: CircuitBreaker,
    requester: Requester,
    drilled: ReadonlySet<string> = new Set(),
    surroundings?: Surroundings,
  ) {
    this.#breaker = breaker;
    this.#requester = requester;
    this.#drilled = drilled;
    this.#surroundings = surroundings;
  }

  /**
   * @param preferred the target that has the conversation's prompt cache
   * @returns the targets in the order to ask: the forced target first, then the preferred one,
   * targets with an open circuit last
   */
  order(targets: readonly Target[], force: string | null, preferred?: Target): Order {
    const nowMs = Date.now();
    const forced = targets.filter((target) => targetName(target) === force);
    const others = targets.filter((target) => targetName(target) !== force);
    const open = others.filter((target) => this.#breaker.isOpen(target, this.#requester, nowMs));
    const closed = others.filter((target) => !open.includes(target));
    const isSticky = forced.length === 0 && preferred !== undefined && closed.indexOf(preferred) > 0;
    if (isSticky) closed.unshift(...closed.splice(closed.indexOf(preferred), 1));
    return { targets: [...forced, ...closed, ...open], open, isSticky, waitsForGoogle: forced.length > 0 };
  }

  mustBeSeen(target: Target): boolean {
    return this.#breaker.mustBeSeen(target, this.#requester, Date.now());
  }

  answered(target: Target, how: "begun" | "whole"): void {
    if (!this.#isDrilled(target)) this.#breaker.answered(target, this.#requester, how, Date.now());
  }

  failed(target: Target, failure: Failure, blame: Blame): void {
    if (this.#isDrilled(target)) return;
    const { status, limit } = failure;
    // An account stays at its limit for hours or days, so the circuit stays open as long as it may.
    const waitS = limit?.isOurs && !limit.waitingHelps ? MAX_RETRY_AFTER_S : retryAfterOf(failure);
    const report = { blame, status, retryAfterMs: Math.min(waitS, MAX_RETRY_AFTER_S) * 1_000, limit };
    this.#failed(target, report);
  }

  hidden(target: Target): void {
    if (!this.#isDrilled(target)) this.#breaker.hidden(target, this.#requester, Date.now());
  }

  /**
   * Called when the request says nothing about the target's health. If it is the probe, the
   * client's next request becomes the probe.
   */
  releaseProbe(target: Target): void {
    this.#breaker.releaseProbe(target, this.#requester);
  }

  /**
   * Records how a stream ended after its first content. A stream that was cut, was silent for too
   * long or had an error counts as a failure of the target.
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
        // The request itself may be the cause, so the failure counts only for this client.
        const blame = callerWasSlow || status < 429 ? "unclear" : "target";
        this.#failed(target, { blame, status, retryAfterMs: 0 });
      }
    }
  }

  openCircuits(): string[] {
    return this.#breaker.openCircuits(this.#requester);
  }

  /** The request does not wait for the neighbours. */
  #failed(target: Target, report: FailureReport): void {
    const shared = this.#breaker.failed(target, this.#requester, report, Date.now());
    const { neighbours, keepAlive } = this.#surroundings ?? {};
    if (shared === undefined || !neighbours || !keepAlive) return;
    keepAlive.waitUntil(neighbours.failed(shared, report.retryAfterMs));
  }

  #isDrilled(target: Target): boolean {
    return this.#drilled.has(targetName(target));
  }
}

/** @returns seconds; 0 if there is no valid `retry-after` */
function retryAfterOf({ headers }: Failure): number {
  return Number(headers.get("retry-after") ?? 0) || 0;
}
