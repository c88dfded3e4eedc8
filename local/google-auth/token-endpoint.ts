/**
 * oauth2.googleapis.com: issues an access token for a JWT signed with a service account's key. It
 * checks what Google checks: the signature, issuer, audience, a lifetime of at most an hour, and a
 * scope. Source: AIP-4112.
 */
import { decodeProtectedHeader, jwtVerify } from "jose";
import type { CloudContext } from "../http/context.ts";
import { type Exchange, sendJson } from "../http/exchange.ts";
import { randomText } from "../state/ids.ts";
import type { CloudState, ServiceAccount } from "../state/index.ts";
import { failTokenRequest } from "./faults.ts";

const TOKEN_URI = "https://oauth2.googleapis.com/token";
const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";
export const TOKEN_LIFETIME_S = 3_599;

export async function googleTokenApi(exchange: Exchange, { state, faults }: CloudContext): Promise<void> {
  if (failTokenRequest(exchange, faults)) return;
  const refuse = (description: string) =>
    sendJson(exchange, 400, { error: "invalid_grant", error_description: description });
  const form = new URLSearchParams(exchange.body.toString("utf8"));
  if (exchange.method !== "POST" || exchange.path !== "/token") return sendJson(exchange, 404, { error: "not_found" });
  if (form.get("grant_type") !== GRANT_TYPE) return sendJson(exchange, 400, { error: "unsupported_grant_type" });
  try {
    const account = await signer(state, form.get("assertion") ?? "");
    if (!account) return refuse("Invalid JWT Signature.");
    sendJson(exchange, 200, {
      access_token: issueAccessToken(state, `serviceAccount:${account.email}`),
      expires_in: TOKEN_LIFETIME_S,
      token_type: "Bearer",
    });
  } catch {
    refuse("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.");
  }
}

/** @param member the identity as policies name it: `serviceAccount:…`, `principal://…`, `user:…` */
export function issueAccessToken(state: CloudState, member: string, lifetimeS = TOKEN_LIFETIME_S): string {
  const token = `ya29.${randomText(120)}`;
  state.accessTokens.set(token, { member, expiresAtMs: Date.now() + lifetimeS * 1_000 });
  return token;
}

/**
 * @returns undefined when the key is unknown
 * @throws when the JWT is not valid
 */
async function signer(state: CloudState, assertion: string): Promise<ServiceAccount | undefined> {
  const keyId = decodeProtectedHeader(assertion).kid ?? "";
  for (const project of state.projects.values()) {
    for (const account of project.serviceAccounts.values()) {
      const key = account.keys.get(keyId);
      if (!key) continue;
      const { payload } = await jwtVerify(assertion, key.publicKey, {
        algorithms: ["RS256"],
        issuer: account.email,
        audience: TOKEN_URI,
        requiredClaims: ["iat", "exp", "scope"],
        maxTokenAge: "1h",
      });
      const { iat = 0, exp = 0 } = payload;
      if (exp - iat > 3_600) throw new Error("the JWT lives longer than an hour");
      return account;
    }
  }
  return undefined;
}
