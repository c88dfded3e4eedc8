/**
 * The errors that a caller gets. The Worker's own errors have the form of Anthropic's errors, so
 * that the official SDKs recognize their types. A provider's errors are passed on unchanged. Only
 * `respond.ts` makes a response from an error. Source: platform.claude.com, "Errors".
 */

import type { AccountLimit } from "./response/account-limits.ts";

/** Anthropic's error types by status. */
const TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  405: "invalid_request_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  502: "api_error",
  503: "api_error",
  504: "timeout_error",
  529: "overloaded_error",
};

export function errorType(status: number): string {
  return TYPES[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
}

/**
 * @returns the HTTP status for the type of an `error` event, because the event itself has no status
 */
export function errorStatus(type: string): number {
  const entry = Object.entries(TYPES).find(([, name]) => name === type);
  return entry ? Number(entry[0]) : 500;
}

/** An error that the Worker itself creates. */
export interface OwnError {
  type: string;
  message: string;
  /** A machine-readable code of Anthropic's API. The SDKs react to some codes. */
  details?: { error_code: string };
}

export function errorBody(error: OwnError, requestId?: string): string {
  return JSON.stringify({ type: "error", error, ...(requestId ? { request_id: requestId } : {}) });
}

/** An error response of the Worker. Any function may throw it; `index.ts` answers with it. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /** @param message says what is wrong and how to repair it; the caller gets this text */
  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Thrown when the caller has disconnected, so that no answer is needed. */
export class CallerLeft extends Error {
  override name = "CallerLeft";
}

/** A target's failure, or the caller's own error as a target reported it. */
export interface Failure {
  /**
   * The text in `x-failover-attempts`: the status, a word if there was no status, or both, such as
   * `429:enforced_spend_limit_reached`.
   */
  label: string;
  status: number;
  /** The headers of the failed response; empty if there was no response. */
  headers: Headers;
  /**
   * The provider's error unchanged, because clients match its wording, or an error of the Worker.
   */
  body: { kind: "provider"; text: string } | { kind: "own"; error: OwnError };
  /** The limit that the account has reached, if the provider has named one. */
  limit?: AccountLimit;
}

/**
 * @returns a failure with an error of the Worker, because the target sent no error that a caller
 * could read
 */
export function ownFailure(label: string, status: number, message: string, headers: HeadersInit = {}): Failure {
  return {
    label,
    status,
    headers: new Headers(headers),
    body: { kind: "own", error: { type: errorType(status), message } },
  };
}
