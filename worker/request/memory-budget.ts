/**
 * Limits how many bytes of request bodies an isolate holds. An isolate has 128 MB for everything,
 * and all clients share it. A body that does not fit is streamed to Anthropic, which needs no
 * memory but allows no failover.
 *
 * Bytes are counted when they are held, not when they are declared. Every lease expires, because
 * workerd may drop a request's JavaScript (at the CPU limit, or when the caller disconnects), and
 * then no `finally` runs.
 */

export const BUDGET_BYTES = 64 * 1024 * 1024;
/**
 * A client may hold at most this many times the bytes that stay free for others. So a single client
 * can hold two thirds of the budget, but never all of it.
 */
const SHARE_OF_FREE = 2;

export interface Lease {
  /**
   * Sets the lease to this total number of bytes. @returns whether there is room; if not, the lease
   * does not change
   */
  growTo(bytes: number): boolean;
  /** Releases all bytes. Later calls do nothing. */
  release(): void;
}

interface Holding {
  client: string;
  bytes: number;
  expiresAtMs: number;
}

export class MemoryBudget {
  readonly #totalBytes: number;
  readonly #holdings = new Set<Holding>();
  /** Held bytes by client. Clients come from the configuration, so callers cannot grow this map. */
  readonly #clientBytes = new Map<string, number>();
  #heldBytes = 0;

  constructor(totalBytes = BUDGET_BYTES) {
    this.#totalBytes = totalBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * @param expiresAtMs a time at which no request can hold the bytes any more, in milliseconds
   * since the epoch
   */
  lease(client: string, expiresAtMs: number): Lease {
    const holding: Holding = { client, bytes: 0, expiresAtMs };
    this.#holdings.add(holding);
    return {
      growTo: (bytes) => this.#grow(holding, bytes),
      release: () => this.#end(holding),
    };
  }

  #grow(holding: Holding, bytes: number): boolean {
    if (!this.#holdings.has(holding)) return false;
    if (!this.#hasRoom(holding, bytes)) {
      this.#endExpired(Date.now());
      // This lease itself may have expired.
      if (!this.#holdings.has(holding) || !this.#hasRoom(holding, bytes)) return false;
    }
    this.#charge(holding, bytes);
    return true;
  }

  #hasRoom(holding: Holding, bytes: number): boolean {
    const addedBytes = bytes - holding.bytes;
    if (addedBytes <= 0) return true;
    const freeBytes = this.#totalBytes - this.#heldBytes - addedBytes;
    return this.#heldBy(holding.client) + addedBytes <= SHARE_OF_FREE * freeBytes;
  }

  #heldBy(client: string): number {
    return this.#clientBytes.get(client) ?? 0;
  }

  #charge(holding: Holding, bytes: number): void {
    const addedBytes = bytes - holding.bytes;
    holding.bytes = bytes;
    this.#heldBytes += addedBytes;
    this.#clientBytes.set(holding.client, this.#heldBy(holding.client) + addedBytes);
  }

  #end(holding: Holding): void {
    if (this.#holdings.delete(holding)) this.#charge(holding, 0);
  }

  #endExpired(nowMs: number): void {
    for (const holding of this.#holdings) if (holding.expiresAtMs <= nowMs) this.#end(holding);
  }
}
