/**
 * What the caller gets: the body of the attempt that answered and, of its headers, only those on the list, so that nothing of
 * another attempt or of a provider's infrastructure leaks; and the headers that say how it came about.
 */
import type { Walked } from "./failover.ts";

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
  "x-failover-target": string | undefined;
  "x-failover-attempts": string;
  "x-failover-skipped": string | undefined;
  "x-failover-omitted": string | undefined;
}

export function respond(walked: Walked, { requestId, ...about }: About): Response {
  const headers = keptHeaders(walked.response?.headers ?? walked.failure?.headers ?? new Headers());
  for (const [name, value] of Object.entries(about)) if (value) headers.set(name, value);
  if (!headers.has("request-id")) headers.set("request-id", requestId);
  if (walked.response) {
    if (headers.get("content-type")?.startsWith("text/event-stream")) headers.set("cache-control", "no-cache");
    return new Response(walked.response.body, { status: walked.response.status, headers });
  }
  headers.set("content-type", "application/json");
  return new Response(walked.failure?.body ?? null, { status: walked.failure?.status ?? 500, headers });
}

function keptHeaders(headers: Headers): Headers {
  const kept = new Headers();
  for (const [name, value] of headers) {
    if (KEPT.has(name) || KEPT_PREFIXES.some((prefix) => name.startsWith(prefix))) kept.set(name, value);
  }
  return kept;
}
