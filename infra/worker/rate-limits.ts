/**
 * The counters behind the clients' `requestsPerMinute`: one binding for each rate. Clients of the
 * same rate share the binding; the Worker counts each client under its own key.
 */
import { createHash } from "node:crypto";
import type { RateLimitBindings } from "../../worker/bindings.ts";

/** 31 bits, so that no reader takes the number for a negative one. */
const MAX_NAMESPACE_ID = 2 ** 31 - 1;

export interface RateLimitBinding {
  type: "ratelimit";
  name: keyof RateLimitBindings;
  namespaceId: string;
  /** `period` is in seconds. */
  simple: { limit: number; period: 60 };
}

/** @param ratesPerMinute a rate that occurs twice gets one binding */
export function rateLimitBindings(scriptName: string, ratesPerMinute: readonly number[]): RateLimitBinding[] {
  return [...new Set(ratesPerMinute)].map((limit) => ({
    type: "ratelimit",
    name: `RATE_LIMIT_${limit}`,
    namespaceId: namespaceId(scriptName, limit),
    simple: { limit, period: 60 },
  }));
}

/**
 * Bindings with the same id share their counters, across all Workers of an account. So the id
 * depends on the Worker's name, which is unique in the account.
 */
export function namespaceId(scriptName: string, ratePerMinute: number): string {
  const digest = createHash("sha256").update(`${scriptName} ${ratePerMinute}`).digest();
  return String((digest.readUInt32BE() % MAX_NAMESPACE_ID) + 1);
}
