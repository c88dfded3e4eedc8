/**
 * Google access tokens from a service account's key: a signed JWT, exchanged at Google's token endpoint, cached per isolate,
 * fetched by one request for all. Google never delays Anthropic: `cachedToken` answers at once, `freshToken` is awaited
 * only where Vertex is needed now.
 *
 * The shared fetch must be held by `ctx.waitUntil`: workerd cancels what a request started when that request is answered,
 * and others waiting for it would hang. So each waiter also has a timer of its own. Source of the exchange: AIP-4112.
 */
import type { ServiceAccountKey } from "./bindings.ts";

const LIFETIME_S = 3_600;
/** A clock that runs ahead of Google's would make `iat` lie in the future, which Google refuses. */
const CLOCK_SKEW_S = 30;
const EXPIRED_BELOW_MS = 60_000;
const REFRESH_BELOW_MS = 300_000;
const WAIT_LIMIT_MS = 10_000;
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

interface Token {
  value: string;
  expiresAtMs: number;
}

/** The two things a request lends to work that outlives it. */
export type KeepAlive = Pick<ExecutionContext, "waitUntil">;

/** Why there is no token: a word for the attempts header and the log, never Google's text. */
export class GoogleTokenError extends Error {
  override name = "GoogleTokenError";
}

let cached: Token | undefined;
let pending: Promise<Token> | undefined;

/** A token that is good for at least a minute; starts a refresh where there is none or it is about to expire. */
export function cachedToken(key: ServiceAccountKey, keepAlive: KeepAlive): string | undefined {
  const leftMs = cached ? cached.expiresAtMs - Date.now() : 0;
  if (leftMs < REFRESH_BELOW_MS) keepAlive.waitUntil(fetchOnce(key).catch(() => undefined));
  return cached && leftMs > EXPIRED_BELOW_MS ? cached.value : undefined;
}

/** @throws {GoogleTokenError} after 10 s at the latest. */
export async function freshToken(key: ServiceAccountKey, keepAlive: KeepAlive): Promise<string> {
  const at = cachedToken(key, keepAlive);
  if (at) return at;
  const shared = fetchOnce(key);
  keepAlive.waitUntil(shared.catch(() => undefined));
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

/** Forgets the token that Vertex has refused, if it is still the one in use. */
export function dropToken(value: string): void {
  if (cached?.value === value) cached = undefined;
}

function fetchOnce(key: ServiceAccountKey): Promise<Token> {
  if (!pending) {
    const started = exchange(key).then((token) => {
      cached = token;
      return token;
    });
    const done = () => {
      if (pending === started) pending = undefined;
    };
    started.then(done, done);
    pending = started;
  }
  return pending;
}

async function exchange(key: ServiceAccountKey): Promise<Token> {
  const response = await fetch(key.token_uri, {
    method: "POST",
    redirect: "manual",
    signal: AbortSignal.timeout(WAIT_LIMIT_MS),
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: await signedJwt(key),
    }),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new GoogleTokenError(`google_token_${response.status}`);
  }
  const token = (await response.json()) as { access_token?: unknown; expires_in?: unknown };
  if (typeof token.access_token !== "string" || typeof token.expires_in !== "number") {
    throw new GoogleTokenError("google_token_malformed");
  }
  return { value: token.access_token, expiresAtMs: Date.now() + token.expires_in * 1_000 };
}

async function signedJwt(key: ServiceAccountKey): Promise<string> {
  const issuedAtS = Math.floor(Date.now() / 1_000) - CLOCK_SKEW_S;
  const claims = {
    iss: key.client_email,
    sub: key.client_email,
    scope: SCOPE,
    aud: key.token_uri,
    iat: issuedAtS,
    exp: issuedAtS + LIFETIME_S,
  };
  const header = { alg: "RS256", typ: "JWT", kid: key.private_key_id };
  const signingInput = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const privateKey = await crypto.subtle.importKey("pkcs8", pemBytes(key.private_key), algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign(algorithm, privateKey, new TextEncoder().encode(signingInput));
  return `${signingInput}.${base64url(String.fromCharCode(...new Uint8Array(signature)))}`;
}

function pemBytes(pem: string): Uint8Array {
  return Uint8Array.from(atob(pem.replace(/-----[^-]+-----|\s/g, "")), (char) => char.charCodeAt(0));
}

/** @param text characters up to U+00FF, one a byte. */
function base64url(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
