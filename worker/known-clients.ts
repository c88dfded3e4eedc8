/**
 * Finds the client whose token has a given digest. A map finds the digests with the same first
 * characters, so a request costs the same with one client and with a thousand. Each of these
 * digests is then compared completely, in constant time.
 *
 * The time can tell a caller that its digest begins like a known digest. This does not help an
 * attacker, who cannot choose the bits of a digest. An attacker can only try tokens, and there are
 * 2^238 of them. Even with 36 known bits of a digest, 2^202 tokens are left to try.
 *
 * Accepted trade-off: a token that was accepted is remembered in clear, so that its next request
 * needs no digest. The isolate holds the providers' keys in clear anyway. The map has at most the
 * tokens of the configuration, and ends with the isolate, so a new upload forgets a revoked token
 * together with its digest. The time of a look-up in the map can tell nothing of a remembered
 * token, because V8 hashes the whole token with a secret seed first.
 */
import { toBase64Url } from "./base64.ts";
import { utf8 } from "./bytes.ts";
import type { Client, KnownClient } from "./client-line.ts";

/**
 * Six characters are 36 bits, so even two of a thousand clients hardly ever have digests with the
 * same beginning.
 */
const BEGINNING_LENGTH = 6;

export class KnownClients {
  readonly #byToken = new Map<string, Client>();
  /**
   * Digests stay text until they are compared. Decoding the digests of a thousand clients took 5 ms
   * in the first request of an isolate, which is half of the CPU time in Cloudflare's free plan.
   */
  readonly #byBeginning = new Map<string, { digest: string; client: Client }[]>();

  constructor(clients: readonly KnownClient[]) {
    for (const client of clients) {
      for (const [index, digest] of client.sha256.entries()) {
        const beginning = digest.slice(0, BEGINNING_LENGTH);
        const known = { digest, client: index === 0 ? client : { ...client, usesPreviousToken: true as const } };
        this.#byBeginning.set(beginning, [...(this.#byBeginning.get(beginning) ?? []), known]);
      }
    }
  }

  /** @returns the client of a token that was accepted before in this isolate */
  remembered(token: string): Client | undefined {
    return this.#byToken.get(token);
  }

  /** Only tokens of clients are remembered, so callers cannot grow the map. */
  remember(token: string, client: Client): void {
    this.#byToken.set(token, client);
  }

  /** @param sha256 digest of the token in a request */
  find(sha256: Uint8Array): Client | undefined {
    const digest = toBase64Url(sha256);
    const candidates = this.#byBeginning.get(digest.slice(0, BEGINNING_LENGTH)) ?? [];
    return candidates.find((known) => crypto.subtle.timingSafeEqual(utf8(digest), utf8(known.digest)))?.client;
  }
}
