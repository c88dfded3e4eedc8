/**
 * Exchanges a credential for a Google access token. With a service account's key, the Worker signs
 * a JWT that Google's token endpoint exchanges (AIP-4112). With a workload identity, it signs a JWT
 * that the Security Token Service exchanges. If the credential names a service account, the Worker
 * then gets a token of that account.
 */
import { fromBase64, toBase64Url } from "../base64.ts";
import type { CurrentAndPrevious } from "../bindings.ts";
import type { GoogleCredential, ServiceAccountKey, WorkloadIdentity } from "./credential.ts";

/** The longest lifetime that Google accepts for either JWT. */
const LIFETIME_S = 3_600;
/**
 * `iat` is set earlier by this time. If the Worker's clock is ahead of Google's, `iat` would
 * otherwise lie in the future, which Google refuses.
 */
const CLOCK_SKEW_S = 30;
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
const STS_URL = "https://sts.googleapis.com/v1/token";

const RS256 = { alg: "RS256", key: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } } as const;
const ES256 = { alg: "ES256", key: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } } as const;

export interface Token {
  value: string;
  expiresAtMs: number;
  /** Whether Google refused the current credential, so that the previous one was used. */
  isFromPrevious?: true;
}

/**
 * The reason why there is no token: a word for the header `x-failover-attempts` and the log, never
 * Google's text.
 */
export class GoogleTokenError extends Error {
  override name = "GoogleTokenError";
}

/**
 * Exchanges the current credential or, if Google refuses it, the previous one. A new key is not
 * known everywhere at once.
 * @throws {GoogleTokenError} if Google refuses the credential; an error of `fetch` if Google does
 * not answer
 */
export async function exchange(
  { current, previous }: CurrentAndPrevious<GoogleCredential>,
  signal: AbortSignal,
): Promise<Token> {
  try {
    return await exchangeOne(current, signal);
  } catch (error) {
    if (previous && error instanceof GoogleTokenError) {
      return { ...(await exchangeOne(previous, signal)), isFromPrevious: true };
    }
    throw error;
  }
}

function exchangeOne(credential: GoogleCredential, signal: AbortSignal): Promise<Token> {
  switch (credential.type) {
    case "service_account":
      return exchangeKey(credential, signal);
    case "workload_identity":
      return exchangeIdentity(credential, signal);
  }
}

async function exchangeKey(key: ServiceAccountKey, signal: AbortSignal): Promise<Token> {
  const { client_email: iss, token_uri: aud } = key;
  const form = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion: await signedJwt(RS256, key, { iss, sub: iss, scope: SCOPE, aud }),
  });
  const { access_token, expires_in } = await postForToken(aud, form, {}, signal);
  return token(access_token, Date.now() + Number(expires_in) * 1_000);
}

async function exchangeIdentity(identity: WorkloadIdentity, signal: AbortSignal): Promise<Token> {
  const { issuer: iss, subject: sub, audience } = identity;
  const form = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    audience,
    scope: SCOPE,
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    subject_token: await signedJwt(ES256, identity, { iss, sub, aud: `https:${audience}` }),
  });
  const federated = await postForToken(STS_URL, form, {}, signal);
  if (!identity.service_account) {
    return token(federated.access_token, Date.now() + Number(federated.expires_in) * 1_000);
  }
  const account = encodeURIComponent(identity.service_account);
  const impersonated = await postForToken(
    `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
    JSON.stringify({ scope: [SCOPE], lifetime: `${LIFETIME_S}s` }),
    { authorization: `Bearer ${federated.access_token}`, "content-type": "application/json" },
    signal,
  );
  return token(impersonated.accessToken, Date.parse(String(impersonated.expireTime)));
}

async function postForToken(
  url: string,
  body: URLSearchParams | string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method: "POST", redirect: "manual", signal, body, headers });
  if (!response.ok) {
    await response.body?.cancel();
    throw new GoogleTokenError(`google_token_${response.status}`);
  }
  return response.json<Record<string, unknown>>().catch(() => {
    throw new GoogleTokenError("google_token_malformed");
  });
}

function token(value: unknown, expiresAtMs: number): Token {
  if (typeof value !== "string" || !(expiresAtMs > 0)) throw new GoogleTokenError("google_token_malformed");
  return { value, expiresAtMs };
}

async function signedJwt(
  { alg, key }: typeof RS256 | typeof ES256,
  { private_key, private_key_id }: { private_key: string; private_key_id: string },
  claims: Record<string, string>,
): Promise<string> {
  const iat = Math.floor(Date.now() / 1_000) - CLOCK_SKEW_S;
  const header = { alg, typ: "JWT", kid: private_key_id };
  const signingInput = [header, { ...claims, iat, exp: iat + LIFETIME_S }].map(encodeJson).join(".");
  const privateKey = await crypto.subtle.importKey("pkcs8", pemBytes(private_key), key, false, ["sign"]);
  const signature = await crypto.subtle.sign(key, privateKey, new TextEncoder().encode(signingInput));
  return `${signingInput}.${toBase64Url(new Uint8Array(signature))}`;
}

function pemBytes(pem: string): Uint8Array {
  return fromBase64(pem.replace(/-----[^-]+-----|\s/g, ""));
}

function encodeJson(value: object): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify(value)));
}
