/**
 * Creates the rate limit bindings: one for each value of the clients' `requestsPerMinute`, and one
 * that counts the failures of targets for a whole location. Clients with the same rate share a
 * binding, and the Worker counts each client under its own key.
 */
import { createHash } from "node:crypto";
import type { FailureCounterBinding, RateLimitBindings } from "../../worker/bindings.ts";
import { type CountedLimits, failureCounter } from "../../worker/failover/failure-counter.ts";

/** The largest number of 31 bits, so that a signed integer can hold the id. */
const MAX_NAMESPACE_ID = 2 ** 31 - 1;

export interface RateLimitBinding {
  type: "ratelimit";
  name: keyof RateLimitBindings | keyof FailureCounterBinding;
  namespaceId: string;
  /** The limit, and its period in seconds. */
  simple: { limit: number; period: 10 | 60 };
}

/** @param ratesPerMinute may contain the same rate twice, which then gets one binding */
export function rateLimitBindings(scriptName: string, ratesPerMinute: readonly number[]): RateLimitBinding[] {
  return [...new Set(ratesPerMinute)].map((limit) => ({
    type: "ratelimit",
    name: `RATE_LIMIT_${limit}`,
    namespaceId: namespaceId(scriptName, limit),
    simple: { limit, period: 60 },
  }));
}

/** @param breaker undefined if isolates do not share what they see */
export function failureCounterBindings(scriptName: string, breaker: CountedLimits | undefined): RateLimitBinding[] {
  const simple = breaker && failureCounter(breaker);
  if (!simple) return [];
  return [{ type: "ratelimit", name: "FAILURE_COUNTER", namespaceId: namespaceId(scriptName, "failures"), simple }];
}

/**
 * Bindings with the same id share their counters, even in different Workers of an account. So the
 * id depends on the Worker's name, which is unique in the account.
 *
 * @param counted what the binding counts: requests at a rate per minute, or failures
 */
export function namespaceId(scriptName: string, counted: number | "failures"): string {
  const digest = createHash("sha256").update(`${scriptName} ${counted}`).digest();
  return String((digest.readUInt32BE() % MAX_NAMESPACE_ID) + 1);
}
