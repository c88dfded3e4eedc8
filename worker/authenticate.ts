/**
 * Finds the client that sent a request. The Worker has only SHA-256 digests of the clients' tokens,
 * so a leak of its configuration reveals no token. `known-clients.ts` explains why the timing of
 * the comparison reveals no token either.
 */

import { utf8 } from "./bytes.ts";
import type { Client } from "./client-line.ts";
import { ApiError } from "./errors.ts";
import type { KnownClients } from "./known-clients.ts";

/** @throws {ApiError} 401 if the request has no token of a known client */
export async function authenticate(headers: Headers, clients: KnownClients): Promise<Client> {
  const token = callerToken(headers);
  if (token === undefined) {
    throw refused("A client token is missing: send it as x-api-key or as Authorization: Bearer.");
  }
  const remembered = clients.remembered(token);
  if (remembered) return remembered;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(token)));
  const found = clients.find(digest);
  if (!found) throw refused("The client token is not known here: it must be one of this stack's client tokens.");
  clients.remember(token, found);
  return found;
}

/**
 * A retry with the same token cannot succeed. Without the header, Claude Code retries for a minute
 * and a half.
 */
function refused(message: string): ApiError {
  return new ApiError(401, message, { "x-should-retry": "false" });
}

/** @returns the token; if a request has both headers, `x-api-key` is used, as at Anthropic */
function callerToken(headers: Headers): string | undefined {
  const key = headers.get("x-api-key");
  if (key) return key;
  return /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}
