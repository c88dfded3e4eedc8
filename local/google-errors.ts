/** The error of Google's APIs: `google.rpc.Status` as JSON. Source: AIP-193. */
import { type Exchange, sendJson } from "./exchange.ts";

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

/** @param asArray methods that stream answer with an array around the same object */
export function sendGoogleError(
  exchange: Exchange,
  { code, status, message }: GoogleError,
  { asArray = false, headers = {} }: { asArray?: boolean; headers?: Readonly<Record<string, string>> } = {},
): void {
  const error = { error: { code, message, status } };
  sendJson(exchange, code, asArray ? [error] : error, headers);
}
