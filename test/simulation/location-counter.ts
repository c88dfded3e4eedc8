/**
 * Cloudflare's rate limit binding for one key in one location, with a virtual clock. Its periods
 * follow each other without a gap, as Miniflare's do.
 */
import type { FailureCounter } from "../../worker/failover/failure-counter.ts";

export class LocationCounter {
  readonly #limit: number;
  readonly #periodMs: number;
  #period = 0;
  #calls = 0;

  constructor({ limit, period }: FailureCounter) {
    this.#limit = limit;
    this.#periodMs = period * 1_000;
  }

  /** Counts a call. @returns whether the binding would say `success: false` */
  isFull(nowMs: number): boolean {
    const period = Math.floor(nowMs / this.#periodMs);
    if (period !== this.#period) this.#calls = 0;
    this.#period = period;
    if (this.#calls >= this.#limit) return true;
    this.#calls++;
    return false;
  }
}
