/**
 * The caller's `anthropic-*` headers. All of them are sent to Anthropic unchanged, also unknown
 * ones. This file also reads their content: the API version, the betas, and for which account a
 * request is made.
 */
import { ApiError } from "./errors.ts";
import type { RequestBody } from "./request/body.ts";

/** The version for callers that send no version. Every SDK before 1.0 sends this one. */
const DEFAULT_VERSION = "2023-06-01";
/** The SDKs send far less. Some servers refuse a request whose headers are larger. */
const MAX_HEADER_BYTES = 8 * 1024;
const MAX_QUERY_BYTES = 2 * 1024;
/** Headers that do not change the account for which a request is made. */
const NEUTRAL_HEADERS = new Set(["anthropic-version", "anthropic-beta", "anthropic-dangerous-direct-browser-access"]);

/**
 * The caller's `anthropic-*` headers by name. They are read once, because each iteration over a
 * request's headers costs time.
 */
export type AnthropicHeaders = ReadonlyMap<string, string>;

/** @throws {ApiError} 414 if the query is too long, or 431 if the headers are too large */
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
 * @returns headers for a request to Anthropic: the caller's `anthropic-*` headers and our key. The
 * answer must not be compressed.
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
 * @returns whether the caller chose a workspace, a profile or a billing account. Then a refusal may
 * be about that choice.
 */
export function choosesAccount(headers: AnthropicHeaders, body?: RequestBody): boolean {
  if (body?.members.has("billing_policy")) return true;
  for (const name of headers.keys()) if (!NEUTRAL_HEADERS.has(name)) return true;
  return false;
}
