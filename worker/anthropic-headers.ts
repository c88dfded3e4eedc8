/**
 * The caller's `anthropic-*` headers, which reach Anthropic as they are, known or not, and what they
 * say: API version, betas, and on whose behalf a request is made.
 */
import { ApiError } from "./errors.ts";
import type { RequestBody } from "./request/body.ts";

/** The version for callers that send no version. Every SDK before 1.0 sends this one. */
const DEFAULT_VERSION = "2023-06-01";
/** Far more than the SDKs send; a larger head is refused by some servers as a whole. */
const MAX_HEADER_BYTES = 8 * 1024;
const MAX_QUERY_BYTES = 2 * 1024;
/** Headers that do not change whom a request is made for. */
const NEUTRAL_HEADERS = new Set(["anthropic-version", "anthropic-beta", "anthropic-dangerous-direct-browser-access"]);

/**
 * The caller's `anthropic-*` headers: read once, since each walk over a request's headers costs.
 */
export type AnthropicHeaders = ReadonlyMap<string, string>;

/** @throws {ApiError} 414 or 431 */
export function readAnthropicHeaders(url: URL, headers: Headers): AnthropicHeaders {
  if (url.search.length > MAX_QUERY_BYTES) {
    throw new ApiError(414, `The query string is longer than ${MAX_QUERY_BYTES} bytes.`);
  }
  const found = new Map<string, string>();
  let bytes = 0;
  for (const [name, value] of headers) {
    if (!name.startsWith("anthropic-")) continue;
    found.set(name, value);
    bytes += name.length + value.length;
  }
  if (bytes > MAX_HEADER_BYTES) {
    throw new ApiError(431, `The anthropic-* request headers have more than ${MAX_HEADER_BYTES} bytes together.`);
  }
  return found;
}

/**
 * For any request to Anthropic: the caller's `anthropic-*` headers, our key, and nothing
 * compressed.
 */
export function anthropicHeaders(headers: AnthropicHeaders, apiKey: string): Record<string, string> {
  return {
    "anthropic-version": DEFAULT_VERSION,
    ...Object.fromEntries(headers),
    "x-api-key": apiKey,
    "accept-encoding": "identity",
  };
}

export function versionOf(headers: AnthropicHeaders): string {
  return headers.get("anthropic-version") ?? DEFAULT_VERSION;
}

export function betasOf(headers: AnthropicHeaders): string[] {
  return (headers.get("anthropic-beta") ?? "")
    .split(",")
    .map((beta) => beta.trim())
    .filter((beta) => beta !== "");
}

/**
 * Whether a caller chose a workspace, a profile or whom to bill: then a refusal may be about that
 * choice.
 */
export function choosesAccount(headers: AnthropicHeaders, body?: RequestBody): boolean {
  if (body?.members.has("billing_policy")) return true;
  for (const name of headers.keys()) if (!NEUTRAL_HEADERS.has(name)) return true;
  return false;
}
