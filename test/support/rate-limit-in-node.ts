/**
 * A rate limit binding that behaves as Miniflare's does: it counts calls per key, in periods that
 * begin on the full minute.
 */
import type { RateLimitBinding } from "../../local/state/index.ts";
import type { RateLimit } from "../../worker/bindings.ts";

export class RateLimitInNode implements RateLimit {
  readonly #limit: number;
  readonly #periodMs: number;
  #period = 0;
  readonly #calls = new Map<string, number>();

  constructor({ limit, period }: RateLimitBinding["simple"]) {
    this.#limit = limit;
    this.#periodMs = period * 1_000;
  }

  async limit({ key }: { key: string }): Promise<{ success: boolean }> {
    const period = Math.floor(Date.now() / this.#periodMs);
    if (period !== this.#period) this.#calls.clear();
    this.#period = period;
    const calls = this.#calls.get(key) ?? 0;
    if (calls >= this.#limit) return { success: false };
    this.#calls.set(key, calls + 1);
    return { success: true };
  }
}
