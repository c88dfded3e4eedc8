/**
 * What the other isolates of this Cloudflare location have seen. Isolates share no memory, so each
 * failure of a target is counted with a rate limit binding, which has one counter for each location
 * and needs no network request. The counter is full when the location has seen `breaker.failures`
 * failures of the target and model in one period. Then the isolate's own circuit opens at once.
 *
 * At a busy location even a healthy target fails often enough to fill the counter. So an isolate to
 * which the target has answered within the last period ignores a full counter.
 *
 * A success is not counted and costs nothing here. Without an answer of the binding, the isolate's
 * own failures decide.
 */
import type { RateLimit } from "../bindings.ts";
import type { BreakerLimits } from "../options.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { failureCounter } from "./failure-counter.ts";

/** The binding answers from the same machine, so a later answer is worth nothing. */
const WAIT_MS = 1_000;

export class Neighbours {
  readonly #binding: RateLimit;
  readonly #breaker: CircuitBreaker;
  readonly #periodMs: number;

  constructor(binding: RateLimit, breaker: CircuitBreaker, limits: BreakerLimits) {
    this.#binding = binding;
    this.#breaker = breaker;
    this.#periodMs = (failureCounter(limits)?.period ?? 0) * 1_000;
  }

  /**
   * Counts a failure for the location. Never rejects.
   *
   * @param shared the shared circuit in which the isolate has counted the failure
   */
  async failed(shared: string, retryAfterMs: number): Promise<void> {
    if (await this.#isFull(shared)) {
      this.#breaker.openByNeighbours(shared, retryAfterMs, this.#periodMs, Date.now());
    }
  }

  async #isFull(key: string): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<{ success: true }>((resolve) => {
      timer = setTimeout(resolve, WAIT_MS, { success: true });
    });
    try {
      const { success } = await Promise.race([this.#binding.limit({ key }), late]);
      return success === false;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
