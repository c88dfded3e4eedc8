/**
 * Creates the rate limit bindings for the clients' `requestsPerMinute`, one for each rate. Clients
 * with the same rate share a binding, and the Worker counts each client under its own key.
 */
import { createHash } from "node:crypto";
import type { RateLimitBindings } from "../../worker/bindings.ts";

/** The largest number of 31 bits, so that a signed integer can hold the id. */
const MAX_NAMESPACE_ID = 2 ** 31 - 1;

export interface RateLimitBinding {
  type: "ratelimit";
  name: keyof RateLimitBindings;
  namespaceId: string;
  /** The limit, and its period in seconds. */
  simple: { limit: number; period: 60 };
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

/**
 * Bindings with the same id share their counters, even in different Workers of an account. So the
 * id depends on the Worker's name, which is unique in the account.
 */
export function namespaceId(scriptName: string, ratePerMinute: number): string {
  const digest = createHash("sha256").update(`${scriptName} ${ratePerMinute}`).digest();
  return String((digest.readUInt32BE() % MAX_NAMESPACE_ID) + 1);
}
