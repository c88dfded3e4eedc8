/**
 * What the other isolates of this Cloudflare location have seen. Isolates share no memory, so each
 * failure of a target is counted with a rate limit binding, which has one counter for each location
 * and needs no network request. The counter is full when the location has seen `breaker.failures`
 * failures of the target and model in one period. The isolate's circuit breaker then decides what
 * this means for the isolate.
 *
 * Only failures that no caller can cause are counted. A success is not counted and costs nothing.
 * Without an answer of the binding, the isolate's own failures decide.
 */
import { atMost } from "../at-most.ts";
import type { RateLimit } from "../bindings.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";

/**
 * For so long after an answer of the target, the neighbours' failures do not open a circuit. It is the
 * shortest period in which a location counts failures.
 */
export const QUIET_MS = 10_000;
/** The binding answers from the same machine, so a later answer is worth nothing. */
const WAIT_MS = 1_000;

export class Neighbours {
  readonly #binding: RateLimit;
  readonly #breaker: CircuitBreaker;

  constructor(binding: RateLimit, breaker: CircuitBreaker) {
    this.#binding = binding;
    this.#breaker = breaker;
  }

  /**
   * Counts a failure for the location. Never rejects.
   *
   * @param shared the shared circuit in which the isolate has counted the failure
   */
  async failed(shared: string, retryAfterMs: number): Promise<void> {
    if (!(await this.#isFull(shared))) return;
    this.#breaker.openByNeighbours(shared, { retryAfterMs, quietMs: QUIET_MS }, Date.now());
  }

  async #isFull(key: string): Promise<boolean> {
    try {
      const counted = await atMost(this.#binding.limit({ key }), WAIT_MS);
      return counted?.success === false;
    } catch {
      return false;
    }
  }
}
