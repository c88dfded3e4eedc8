/**
 * Google's access token, cached per isolate and fetched by one request for all. Google never delays Anthropic: `cachedToken`
 * answers at once, `freshToken` is awaited only where Vertex is needed now.
 *
 * The shared fetch must be held by `ctx.waitUntil`: workerd cancels what a request started when that request is answered,
 * and others waiting for it would hang. So each waiter also has a timer of its own, and what failed it is minted anew.
 */
import type { GoogleCredential, Slots } from "./bindings.ts";
import { exchange, GoogleTokenError, type Token } from "./google-credential.ts";

const EXPIRED_BELOW_MS = 60_000;
const REFRESH_BELOW_MS = 300_000;
/** Of the request's chain: longer than Google ever needs, short enough to try what else there is. */
const WAIT_LIMIT_MS = 10_000;
/** A token that was just minted is not at fault: without this, every refused request would mint one. */
const DROP_INTERVAL_MS = 60_000;

export type KeepAlive = Pick<ExecutionContext, "waitUntil">;

let cached: Token | undefined;
let pending: Promise<Token> | undefined;
let droppedAtMs = Number.NEGATIVE_INFINITY;

/** A token that is good for at least a minute; starts a refresh where there is none or it is about to expire. */
export function cachedToken(credentials: Slots<GoogleCredential>, keepAlive: KeepAlive): string | undefined {
  const leftMs = cached ? cached.expiresAtMs - Date.now() : 0;
  if (leftMs < REFRESH_BELOW_MS) keepAlive.waitUntil(fetchOnce(credentials).catch(() => undefined));
  return cached && leftMs > EXPIRED_BELOW_MS ? cached.value : undefined;
}

/** @throws {GoogleTokenError} after 10 s at the latest. */
export async function freshToken(credentials: Slots<GoogleCredential>, keepAlive: KeepAlive): Promise<string> {
  const atHand = cachedToken(credentials, keepAlive);
  if (atHand) return atHand;
  const shared = fetchOnce(credentials);
  let timer: ReturnType<typeof setTimeout> | null = null;
  try {
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new GoogleTokenError("google_token_timeout")), WAIT_LIMIT_MS);
    });
    return (await Promise.race([shared, limit])).value;
  } catch (error) {
    if (pending === shared) pending = undefined;
    throw error instanceof GoogleTokenError ? error : new GoogleTokenError("google_unreachable");
  } finally {
    clearTimeout(timer);
  }
}

/** Forgets the token that Vertex has refused, if it is still the one in use; at most once a minute. */
export function dropToken(value: string): void {
  if (cached?.value !== value || Date.now() - droppedAtMs < DROP_INTERVAL_MS) return;
  droppedAtMs = Date.now();
  cached = undefined;
}

function fetchOnce(credentials: Slots<GoogleCredential>): Promise<Token> {
  if (!pending) {
    const started = exchange(credentials, AbortSignal.timeout(WAIT_LIMIT_MS));
    pending = started;
    const done = () => {
      if (pending === started) pending = undefined;
    };
    started.then((token) => {
      cached = token;
      done();
    }, done);
  }
  return pending;
}
