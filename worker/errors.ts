/**
 * The errors that a caller gets. Those that the Worker makes have Anthropic's envelope, so that the
 * official SDKs type them; those that a provider made pass as they are. `respond.ts` is the one
 * place that turns one into a response. Source: platform.claude.com, "Errors".
 */

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

/** The HTTP status for the type of an `error` event, since the event has no status. */
export function errorStatus(type: string): number {
  const entry = Object.entries(TYPES).find(([, name]) => name === type);
  return entry ? Number(entry[0]) : 500;
}

/** What the Worker says itself. */
export interface OwnError {
  type: string;
  message: string;
  /** A machine-readable code, as Anthropic has it: the SDKs act on some. */
  details?: { error_code: string };
}

export function errorBody(error: OwnError, requestId?: string): string {
  return JSON.stringify({ type: "error", error, ...(requestId ? { request_id: requestId } : {}) });
}

/** An answer of the Worker's own; thrown anywhere in the pipeline, answered in one place. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /** @param message what is wrong and what repairs it; it reaches the caller. */
  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** The caller has disconnected, so there is nothing to answer. */
export class CallerLeft extends Error {
  override name = "CallerLeft";
}

/** A target's failure, or the caller's own error as a target reported it. */
export interface Failure {
  /** For `x-failover-attempts`: the status, or a word for what there was instead of one. */
  label: string;
  status: number;
  /** Of the response that failed; empty where there was none. */
  headers: Headers;
  /**
   * Anthropic's envelope as it came (clients match its wording), or what the Worker says in its
   * place.
   */
  body: { kind: "provider"; text: string } | { kind: "own"; error: OwnError };
}

/**
 * A failure that the Worker makes itself, because the target sent no error that a caller could
 * read.
 */
export function ownFailure(label: string, status: number, message: string, headers: HeadersInit = {}): Failure {
  return {
    label,
    status,
    headers: new Headers(headers),
    body: { kind: "own", error: { type: errorType(status), message } },
  };
}
