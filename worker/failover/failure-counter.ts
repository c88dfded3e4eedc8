/**
 * The rate limit binding that counts failures for `neighbours.ts`, derived from the breaker's limits.
 * `infra/` creates it.
 */
import type { BreakerLimits } from "../options.ts";

export interface FailureCounter {
  limit: number;
  /** In seconds. Cloudflare has no other periods. */
  period: 10 | 60;
}

/**
 * The binding refuses a call after `limit` calls. So it refuses the failure number `failures`, the
 * one that would open the circuit of a single isolate. The period is the longest that fits into the
 * breaker's window, and 10 s for a shorter window.
 *
 * @returns undefined if one failure opens a circuit anyway
 */
export function failureCounter({ failures, windowMs }: CountedLimits): FailureCounter | undefined {
  if (failures === 1) return undefined;
  return { limit: failures - 1, period: windowMs < 60_000 ? 10 : 60 };
}

export type CountedLimits = Pick<BreakerLimits, "failures" | "windowMs">;
