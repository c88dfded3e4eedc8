/**
 * What the caller gets: the body of the attempt that answered and, of its headers, only those on the list, so that nothing of
 * another attempt or of a provider's infrastructure leaks; and the headers that say how it came about.
 */
import type { Walked } from "./failover.ts";
import { targetName } from "./target.ts";

const KEPT = new Set([
  "content-type",
  "request-id",
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  "anthropic-organization-id",
]);
const KEPT_PREFIXES = ["anthropic-ratelimit-", "cf-aig-"];

export interface About {
  requestId: string;
  /** Why there was no Vertex target. */
  skipped: string | undefined;
  /** What the Vertex step left out. */
  omitted: readonly string[];
}

export function respond(
  { served, response, failure, attempts }: Walked,
  { requestId, skipped, omitted }: About,
): Response {
  const headers = keptHeaders(response?.headers ?? failure?.headers ?? new Headers());
  const about = {
    "x-failover-target": served && targetName(served),
    "x-failover-attempts": attempts.map(({ target, result }) => `${target}=${result}`).join(";"),
    "x-failover-skipped": skipped,
    "x-failover-omitted": omitted.join(","),
  };
  for (const [name, value] of Object.entries(about)) if (value) headers.set(name, value);
  if (!headers.has("request-id")) headers.set("request-id", requestId);
  if (response) return new Response(response.body, { status: response.status, headers });
  headers.set("content-type", "application/json");
  return new Response(failure?.body ?? null, { status: failure?.status ?? 500, headers });
}

/** An answer of Anthropic's that no chain stands behind. */
export function fromAnthropic({ status, headers }: Response, body: BodyInit | null): Response {
  const kept = keptHeaders(headers);
  kept.set("x-failover-target", "anthropic");
  return new Response(body, { status, headers: kept });
}

function keptHeaders(headers: Headers): Headers {
  const kept = new Headers();
  for (const [name, value] of headers) {
    if (KEPT.has(name) || KEPT_PREFIXES.some((prefix) => name.startsWith(prefix))) kept.set(name, value);
  }
  return kept;
}
