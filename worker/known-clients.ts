/**
 * Finds the client whose token has a given digest. The digests are kept by their beginning, so a
 * request costs the same with one client and with a thousand; a digest that is found there is
 * compared whole, in constant time.
 *
 * How long it takes can tell a caller that its digest begins like a known one. That is of no use: a
 * caller cannot choose the bits of a digest, only try tokens, of which there are 2^238. Who knows
 * 36 bits of a digest still has 2^202 tokens to try.
 */
import { toBase64Url } from "./base64.ts";
import { utf8 } from "./bytes.ts";
import type { Client, KnownClient } from "./client-line.ts";

/** 36 bits: a thousand clients hardly ever have two digests that begin alike. */
const BEGINNING_LENGTH = 6;

export class KnownClients {
  /**
   * Digests stay text until they are compared: to decode those of a thousand clients took the first
   * request of an isolate 5 ms, half of the CPU time that Cloudflare's free plan allows it.
   */
  readonly #byBeginning = new Map<string, { digest: string; client: Client }[]>();

  constructor(clients: readonly KnownClient[]) {
    for (const client of clients) {
      for (const digest of client.sha256) {
        const beginning = digest.slice(0, BEGINNING_LENGTH);
        this.#byBeginning.set(beginning, [...(this.#byBeginning.get(beginning) ?? []), { digest, client }]);
      }
    }
  }

  /** @param sha256 digest of the token that a request carries */
  find(sha256: Uint8Array): Client | undefined {
    const digest = toBase64Url(sha256);
    const candidates = this.#byBeginning.get(digest.slice(0, BEGINNING_LENGTH)) ?? [];
    return candidates.find((known) => crypto.subtle.timingSafeEqual(utf8(digest), utf8(known.digest)))?.client;
  }
}
