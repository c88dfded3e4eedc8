/**
 * Who is calling. The Worker holds only SHA-256 digests of the clients' tokens and compares them in constant time, all of
 * them each time, so neither a leak of its configuration nor its timing gives a token away.
 */
import { fromBase64 } from "./base64.ts";
import type { Client } from "./bindings.ts";
import { ApiError } from "./errors.ts";

/** @throws {ApiError} 401 unless the request carries a known client's token. */
export async function authenticate(headers: Headers, clients: readonly Client[]): Promise<Client> {
  const token = callerToken(headers);
  if (token === undefined) {
    throw new ApiError(401, "A client token is missing: send it as x-api-key or as Authorization: Bearer.");
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
  let found: Client | undefined;
  for (const client of clients) {
    for (const known of client.sha256) {
      if (crypto.subtle.timingSafeEqual(digest, fromBase64(known))) found = client;
    }
  }
  if (!found)
    throw new ApiError(401, "The client token is not known here: it must be one of this stack's client tokens.");
  return found;
}

/** Where both headers arrive, `x-api-key` counts, as at Anthropic. */
function callerToken(headers: Headers): string | undefined {
  const key = headers.get("x-api-key");
  if (key) return key;
  return /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}
