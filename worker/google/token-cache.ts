/**
 * Keeps Google's access token. One request fetches it for all requests of an isolate. Google never
 * delays Anthropic: `cached` returns at once, and `fresh` is awaited only when Vertex must be asked
 * now.
 *
 * There is only one fetch at a time, and after each failure a pause that doubles. `ctx.waitUntil`
 * must hold the fetch, because workerd cancels the fetches of a request when the request ends.
 * Other requests that wait for such a fetch would then wait forever. So a request that waits too
 * long starts its own fetch.
 */
import { atMost } from "../at-most.ts";
import type { CurrentAndPrevious } from "../bindings.ts";
import type { GoogleCredential } from "./credential.ts";
import { exchange, GoogleTokenError, type Token } from "./token-exchange.ts";

const EXPIRED_BELOW_MS = 60_000;
const REFRESH_BELOW_MS = 300_000;
/** Time limit of one fetch. Google always needs less. */
const FETCH_LIMIT_MS = 5_000;
/** How long a request waits for a token. The limit leaves time to ask other targets. */
const WAIT_LIMIT_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
/**
 * Shortest time between two dropped tokens. Without it, every refused request would mint a new
 * token.
 */
const DROP_INTERVAL_MS = 60_000;

export type KeepAlive = Pick<ExecutionContext, "waitUntil">;

interface Fetching {
  token: Promise<Token>;
  startedMs: number;
}

export class TokenCache {
  readonly #credentials: CurrentAndPrevious<GoogleCredential>;
  #token: Token | undefined;
  #fetching: Fetching | undefined;
  #droppedAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  /** Until this time Google is not asked, and requests get this error. */
  #pause: { untilMs: number; error: GoogleTokenError } | undefined;

  constructor(credentials: CurrentAndPrevious<GoogleCredential>) {
    this.#credentials = credentials;
  }

  /**
   * Starts a refresh if there is no token or it expires soon. @returns a token that is valid for at
   * least another minute
   */
  cached(keepAlive: KeepAlive): string | undefined {
    if (this.#leftMs() < REFRESH_BELOW_MS) this.#fetchOnce(keepAlive, true).catch(() => undefined);
    return this.#usable();
  }

  /**
   * @param deadlineMs when the request's chain ends, in milliseconds since the epoch
   * @throws {GoogleTokenError} after at most 10 s, or at once during the pause after a failure
   */
  async fresh(keepAlive: KeepAlive, deadlineMs: number): Promise<string> {
    const untilMs = Math.min(Date.now() + WAIT_LIMIT_MS, deadlineMs);
    for (;;) {
      const usable = this.#usable();
      if (usable) return usable;
      const leftMs = untilMs - Date.now();
      if (leftMs <= 0) {
        // The next request may then find a token.
        this.#fetchOnce(keepAlive, false).catch(() => undefined);
        throw new GoogleTokenError("google_token_timeout");
      }
      const token = await this.#wait(keepAlive, leftMs);
      if (token) return token.value;
    }
  }

  /** Whether the token is from the previous credential. */
  get isFromPrevious(): boolean {
    return this.#token?.isFromPrevious === true;
  }

  /**
   * Removes a token that Vertex has refused, if it is still in use. It does this at most once a
   * minute.
   */
  drop(value: string | undefined): void {
    if (!this.#token || this.#token.value !== value || Date.now() - this.#droppedAtMs < DROP_INTERVAL_MS) return;
    this.#droppedAtMs = Date.now();
    this.#token = undefined;
  }

  #leftMs(): number {
    return this.#token ? this.#token.expiresAtMs - Date.now() : 0;
  }

  #usable(): string | undefined {
    return this.#leftMs() > EXPIRED_BELOW_MS ? this.#token?.value : undefined;
  }

  /** @returns the token; undefined if the fetch took too long, so that a new fetch is needed */
  async #wait(keepAlive: KeepAlive, leftMs: number): Promise<Token | undefined> {
    const fetching = this.#fetchOnce(keepAlive, false);
    const startedMs = this.#fetching?.startedMs ?? Date.now();
    const limitMs = Math.min(leftMs, startedMs + FETCH_LIMIT_MS - Date.now());
    return atMost(fetching, limitMs);
  }

  /** @param isLater whether a new fetch waits until the present turn is over */
  #fetchOnce(keepAlive: KeepAlive, isLater: boolean): Promise<Token> {
    const nowMs = Date.now();
    if (this.#fetching && nowMs - this.#fetching.startedMs < FETCH_LIMIT_MS) return this.#fetching.token;
    if (this.#pause && nowMs < this.#pause.untilMs) return Promise.reject(this.#pause.error);
    const token = this.#fetch(nowMs, isLater);
    this.#fetching = { token, startedMs: nowMs };
    keepAlive.waitUntil(token.catch(() => undefined));
    return token;
  }

  async #fetch(startedMs: number, isLater: boolean): Promise<Token> {
    try {
      if (isLater) await endOfTurn();
      const token = await exchange(this.#credentials, AbortSignal.timeout(FETCH_LIMIT_MS));
      this.#token = token;
      this.#failures = 0;
      this.#pause = undefined;
      return token;
    } catch (thrown) {
      const error = thrown instanceof GoogleTokenError ? thrown : new GoogleTokenError("google_unreachable");
      this.#pause = { untilMs: Date.now() + pauseMs(this.#failures++), error };
      throw error;
    } finally {
      if (this.#fetching?.startedMs === startedMs) this.#fetching = undefined;
    }
  }
}

/**
 * Resolves after the present turn, when the request to Anthropic is under way. Signing for Google
 * takes milliseconds of CPU time, and would delay that request in a new isolate.
 */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * @returns a pause that doubles with each consecutive failure. It is partly random, so that
 * isolates do not ask Google at the same time.
 */
function pauseMs(failures: number): number {
  const longestMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, MAX_PAUSE_MS);
  return longestMs * (0.5 + Math.random() / 2);
}
