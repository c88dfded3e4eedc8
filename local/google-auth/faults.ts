/** Acts out faults of the endpoints that issue Google's tokens, in each endpoint's error format. */

import type { Faults } from "../faults/faults.ts";
import { isConnectionFault, sendConnectionFault } from "../http/broken-answer.ts";
import { type Exchange, sendHalf, sendJson } from "../http/exchange.ts";
import { type GoogleStatus, sendGoogleError } from "./errors.ts";

const API_STATUSES: Readonly<Record<number, GoogleStatus>> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE",
};

const OAUTH_TOKEN = { access_token: `ya29.${"x".repeat(120)}`, expires_in: 3_599, token_type: "Bearer" };
const API_TOKEN = { accessToken: OAUTH_TOKEN.access_token, expireTime: "2099-01-01T00:00:00Z" };

/** The answers of an endpoint. */
interface Endpoint {
  token: Readonly<Record<string, unknown>>;
  tokenMember: string;
  sendStatus(exchange: Exchange, status: number, message: string): void;
}

/** The OAuth endpoints use the error format of RFC 6749, section 5.2. */
const OAUTH: Endpoint = {
  token: OAUTH_TOKEN,
  tokenMember: "access_token",
  sendStatus: (exchange, status, message) =>
    sendJson(exchange, status, {
      error: status < 500 ? "invalid_grant" : "internal_failure",
      error_description: message,
    }),
};

/** iamcredentials uses the error format of Google's ordinary APIs. */
const API: Endpoint = {
  token: API_TOKEN,
  tokenMember: "accessToken",
  sendStatus: (exchange, status, message) =>
    sendGoogleError(exchange, { code: status, status: API_STATUSES[status] ?? "INTERNAL", message }),
};

/** @returns whether the request has been handled */
export function failTokenRequest(exchange: Exchange, faults: Faults): boolean {
  return fail(exchange, faults, OAUTH);
}

/** @returns whether the request has been handled */
export function failApiRequest(exchange: Exchange, faults: Faults): boolean {
  return fail(exchange, faults, API);
}

function fail(exchange: Exchange, faults: Faults, { token, tokenMember, sendStatus }: Endpoint): boolean {
  const fault = faults.take("google");
  if (!fault) return false;
  if (isConnectionFault(fault)) {
    sendConnectionFault(exchange, fault);
    return true;
  }
  switch (fault.mode) {
    case "status":
      sendStatus(exchange, fault.status, fault.message ?? `Status ${fault.status}`);
      return true;
    case "malformed":
      // JSON.stringify leaves out undefined members.
      sendJson(exchange, 200, { ...token, [tokenMember]: undefined });
      return true;
    case "stalled":
      sendHalf(exchange, 200, JSON.stringify(token), { "content-type": "application/json" });
      return true;
  }
}
