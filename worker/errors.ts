/**
 * Every error that the Worker itself makes has Anthropic's envelope, so the official SDKs type it; this is the one place
 * that turns an error into a response. Source: platform.claude.com, "Errors".
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

/** The status that goes with the type of an `error` event, which carries none of its own. */
export function errorStatus(type: string): number {
  if (type === "api_error") return 500;
  const entry = Object.entries(TYPES).find(([, name]) => name === type);
  return entry ? Number(entry[0]) : 500;
}

/** An answer of the Worker's own; thrown anywhere in the pipeline, answered in one place. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /** @param message what is wrong and what mends it; it reaches the caller. */
  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export function errorBody(type: string, message: string, requestId: string): string {
  return JSON.stringify({ type: "error", error: { type, message }, request_id: requestId });
}

export function errorResponse(error: ApiError, requestId: string): Response {
  return new Response(errorBody(errorType(error.status), error.message, requestId), {
    status: error.status,
    headers: { ...error.headers, "content-type": "application/json", "request-id": requestId },
  });
}
