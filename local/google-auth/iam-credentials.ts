/**
 * iamcredentials.googleapis.com: issues an access token of a service account to an identity that
 * may act as it, such as a principal of a workload identity pool. Source: Google's IAM Service
 * Account Credentials reference (generateAccessToken).
 */
import type { CloudContext } from "../http/context.ts";
import { type Exchange, jsonBody, sendJson } from "../http/exchange.ts";
import { type GoogleError, sendGoogleError } from "./errors.ts";
import { failApiRequest } from "./faults.ts";
import { accountByEmail, GET_ACCESS_TOKEN, holds, memberOf } from "./identity.ts";
import { issueAccessToken } from "./token-endpoint.ts";

const PATH = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/;
const MAX_LIFETIME_S = 3_600;

const UNAUTHENTICATED: GoogleError = {
  code: 401,
  status: "UNAUTHENTICATED",
  message: "Request had invalid authentication credentials.",
};
/** The same error for a missing account, so that callers without permission learn nothing. */
const DENIED: GoogleError = {
  code: 403,
  status: "PERMISSION_DENIED",
  message: `Permission '${GET_ACCESS_TOKEN}' denied on resource (or it may not exist).`,
};

export function iamCredentialsApi(exchange: Exchange, { state, faults }: CloudContext): void {
  if (failApiRequest(exchange, faults)) return;
  const email = PATH.exec(exchange.path.replaceAll("%40", "@"))?.[1];
  if (exchange.method !== "POST" || !email) {
    return sendGoogleError(exchange, { code: 404, status: "NOT_FOUND", message: "Not found" });
  }
  const member = memberOf(exchange, state);
  if (!member) return sendGoogleError(exchange, UNAUTHENTICATED);
  const found = accountByEmail(state, email);
  const mayActAs =
    found &&
    [found.account.policy, found.project.policy].some((policy) =>
      holds(policy, member, GET_ACCESS_TOKEN, found.project),
    );
  if (!mayActAs) return sendGoogleError(exchange, DENIED);
  const { enabledServices, number } = found.project;
  if (!enabledServices.has("iamcredentials.googleapis.com")) {
    const api = "IAM Service Account Credentials API";
    const message = `${api} has not been used in project ${number} before or it is disabled.`;
    return sendGoogleError(exchange, { code: 403, status: "PERMISSION_DENIED", message });
  }
  const { scope, lifetime = `${MAX_LIFETIME_S}s` } = (jsonBody(exchange) ?? {}) as {
    scope?: unknown;
    lifetime?: unknown;
  };
  const lifetimeS = Number(/^(\d+)s$/.exec(String(lifetime))?.[1]);
  if (!Array.isArray(scope) || scope.length === 0 || !(lifetimeS >= 1 && lifetimeS <= MAX_LIFETIME_S)) {
    const message = "Request contains an invalid argument.";
    return sendGoogleError(exchange, { code: 400, status: "INVALID_ARGUMENT", message });
  }
  sendJson(exchange, 200, {
    accessToken: issueAccessToken(state, `serviceAccount:${email}`, lifetimeS),
    expireTime: new Date(Date.now() + lifetimeS * 1_000).toISOString(),
  });
}
