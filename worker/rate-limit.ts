/**
 * Limits a client's rate with Cloudflare's rate limit binding. The binding has a counter in each
 * location and needs no network request. Source:
 * developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit.
 */

import type { Settings } from "./bindings.ts";
import type { Client } from "./client-line.ts";
import { ApiError } from "./errors.ts";

const PERIOD_S = 60;
/** The SDKs wait for a `retry-after` only if it is shorter than a minute. */
const MAX_RETRY_AFTER_S = 59;

/** @throws {ApiError} 429 if the client has reached its limit */
export async function limitRate(client: Client, { rateLimits }: Pick<Settings, "rateLimits">): Promise<void> {
  const { name, requestsPerMinute } = client;
  const counter = requestsPerMinute === undefined ? undefined : rateLimits.get(requestsPerMinute);
  if (!counter) return;
  // A counter that fails must not stop traffic.
  const { success } = await counter.limit({ key: name }).catch(() => ({ success: true }));
  if (success) return;
  const leftS = PERIOD_S - (Math.floor(Date.now() / 1_000) % PERIOD_S);
  throw new ApiError(
    429,
    `The client ${name} has sent more than ${requestsPerMinute} requests in a minute (clients[].requestsPerMinute).`,
    { "retry-after": String(Math.min(leftS, MAX_RETRY_AFTER_S)) },
  );
}
