/** The faults of the endpoints that issue Google's tokens, acted out in the error shape of each. */
import { leaveNoResponse, leavesNoResponse } from "./broken-answer.ts";
import { type Exchange, sendJson } from "./exchange.ts";
import type { Faults } from "./faults.ts";
import { type GoogleStatus, sendGoogleError } from "./google-errors.ts";

const API_STATUSES: Readonly<Record<number, GoogleStatus>> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE",
};

/** The OAuth endpoints answer in the shape of RFC 6749, section 5.2. @returns whether the exchange is over. */
export function failTokenRequest(exchange: Exchange, faults: Faults): boolean {
  return fail(exchange, faults, (status, message) =>
    sendJson(exchange, status, {
      error: status < 500 ? "invalid_grant" : "internal_failure",
      error_description: message,
    }),
  );
}

/** iamcredentials is one of Google's ordinary APIs. @returns whether the exchange is over. */
export function failApiRequest(exchange: Exchange, faults: Faults): boolean {
  return fail(exchange, faults, (status, message) =>
    sendGoogleError(exchange, { code: status, status: API_STATUSES[status] ?? "INTERNAL", message }),
  );
}

function fail(exchange: Exchange, faults: Faults, sendStatus: (status: number, message: string) => void): boolean {
  const fault = faults.take("google");
  if (!fault) return false;
  if (leavesNoResponse(fault)) leaveNoResponse(exchange, fault);
  else sendStatus(fault.status, fault.message ?? `Status ${fault.status}`);
  return true;
}
