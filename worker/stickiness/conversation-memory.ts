/**
 * Remembers which target served the last turn of a conversation. Each isolate has its own memory,
 * so a conversation whose requests reach several isolates is known only to some of them. Each
 * client has its own part with a fixed number of entries, so no client can push out another one's.
 * Keys are hashes, so the memory holds no text of a caller.
 */

/** All clients together. An entry needs about 200 bytes of an isolate's 128 MB. */
const MAX_ENTRIES = 20_000;
const MAX_ENTRIES_PER_CLIENT = 1_000;

/** Who served the last turn of a conversation. */
export interface LastTurn {
  /** The target's name. */
  target: string;
  /** The newest tool id of the request of that turn. */
  toolId: string | undefined;
  /** When the turn is forgotten, in milliseconds since the epoch. */
  expiresAtMs: number;
}

export class ConversationMemory {
  readonly #maxPerClient: number;
  /** Clients come from the configuration, so callers cannot grow this map. */
  readonly #clients = new Map<string, Map<string, LastTurn>>();

  /** @param clients the number of clients that share the memory */
  constructor(clients: number) {
    this.#maxPerClient = Math.max(1, Math.min(MAX_ENTRIES_PER_CLIENT, Math.floor(MAX_ENTRIES / clients)));
  }

  /** If it is empty, no key needs to be calculated. */
  isEmpty(client: string): boolean {
    return (this.#clients.get(client)?.size ?? 0) === 0;
  }

  get(client: string, key: string, nowMs: number): LastTurn | undefined {
    const turn = this.#clients.get(client)?.get(key);
    if (turn && turn.expiresAtMs > nowMs) return turn;
    this.forget(client, key);
    return undefined;
  }

  /** If the client's part is full, the turn that was set first is forgotten. */
  set(client: string, key: string, turn: LastTurn): void {
    const turns = this.#clients.get(client) ?? new Map<string, LastTurn>();
    this.#clients.set(client, turns);
    turns.delete(key);
    turns.set(key, turn);
    const [oldest] = turns.keys();
    if (turns.size > this.#maxPerClient && oldest !== undefined) turns.delete(oldest);
  }

  forget(client: string, key: string): void {
    this.#clients.get(client)?.delete(key);
  }
}
