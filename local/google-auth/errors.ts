/** The error format of Google's APIs: `google.rpc.Status` as JSON. Source: AIP-193. */
import type { ErrorAnswer } from "../http/broken-error.ts";
import { type Exchange, sendJson } from "../http/exchange.ts";

export type GoogleStatus =
  | "FAILED_PRECONDITION"
  | "INVALID_ARGUMENT"
  | "UNAUTHENTICATED"
  | "PERMISSION_DENIED"
  | "NOT_FOUND"
  | "RESOURCE_EXHAUSTED"
  | "INTERNAL"
  | "UNAVAILABLE"
  | "DEADLINE_EXCEEDED"
  | "UNKNOWN";

export interface GoogleError {
  code: number;
  status: GoogleStatus;
  message: string;
}

export interface GoogleErrorForm {
  /** Streaming methods send an array that contains the error. */
  asArray?: boolean;
  headers?: Readonly<Record<string, string>>;
}

export function googleErrorAnswer(
  { code, status, message }: GoogleError,
  { asArray = false, headers = {} }: GoogleErrorForm = {},
): ErrorAnswer {
  const error = { error: { code, message, status } };
  return { status: code, body: asArray ? [error] : error, headers };
}

export function sendGoogleError(exchange: Exchange, error: GoogleError, form?: GoogleErrorForm): void {
  const { status, body, headers } = googleErrorAnswer(error, form);
  sendJson(exchange, status, body, headers);
}
