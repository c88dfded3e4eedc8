/**
 * Who is calling. The Worker holds only SHA-256 digests of the clients' tokens, so a leak of its
 * configuration gives no token away; why its timing does not either is in `known-clients.ts`.
 */

import { utf8 } from "./bytes.ts";
import type { Client } from "./client-line.ts";
import { ApiError } from "./errors.ts";
import type { KnownClients } from "./known-clients.ts";

/** @throws {ApiError} 401 unless the request carries a known client's token. */
export async function authenticate(headers: Headers, clients: KnownClients): Promise<Client> {
  const token = callerToken(headers);
  if (token === undefined) {
    throw refused("A client token is missing: send it as x-api-key or as Authorization: Bearer.");
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(token)));
  const found = clients.find(digest);
  if (!found) throw refused("The client token is not known here: it must be one of this stack's client tokens.");
  return found;
}

/**
 * Another try with the same token cannot succeed: without the header Claude Code tries for a minute
 * and a half.
 */
function refused(message: string): ApiError {
  return new ApiError(401, message, { "x-should-retry": "false" });
}

/** Where both headers arrive, `x-api-key` counts, as at Anthropic. */
function callerToken(headers: Headers): string | undefined {
  const key = headers.get("x-api-key");
  if (key) return key;
  return /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}
