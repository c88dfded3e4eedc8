/** A provider's error answer, whole or broken as the fault says. */

import { ACCOUNT_LIMITS } from "../claude/account-limits.ts";
import type { ProviderFault } from "../faults/faults.ts";
import { sendCloudflareError } from "./cloudflare-error.ts";
import { type Exchange, sendHalf, sendJson } from "./exchange.ts";

/** Faults with an error status. */
export type ErrorFault = Extract<ProviderFault, { mode: (typeof ERROR_MODES)[number] }>;

const ERROR_MODES = [
  "status",
  "stalled_error",
  "early_status",
  "oversized_error",
  "account_limit",
  "cloudflare_error",
] as const;

type Headers = Readonly<Record<string, string>>;

export interface ErrorAnswer {
  status: number;
  body: unknown;
  headers: Headers;
}

export function isErrorFault(fault: ProviderFault | undefined): fault is ErrorFault {
  return ERROR_MODES.some((mode) => mode === fault?.mode);
}

export function statusOf(fault: ErrorFault): number {
  return fault.mode === "account_limit" ? ACCOUNT_LIMITS[fault.code].status : fault.status;
}

/** The fault's error text; undefined for the usual text of its status. */
export function textOf(fault: ErrorFault): string | undefined {
  if (fault.mode === "status") return fault.message;
  if (fault.mode === "account_limit") return ACCOUNT_LIMITS[fault.code].text;
  return fault.mode === "oversized_error"
    ? "The request is too long to be repeated here. ".padEnd(fault.bytes, "x")
    : undefined;
}

export function retryAfterOf(fault: ErrorFault): number | undefined {
  if (fault.mode === "account_limit") return ACCOUNT_LIMITS[fault.code].retryAfterS;
  return fault.mode === "status" ? fault.retryAfterS : undefined;
}

/** The code in the error's details. */
export function codeOf(fault: ErrorFault): string | undefined {
  return fault.mode === "account_limit" ? fault.code : undefined;
}

export function sendErrorFault(exchange: Exchange, fault: ErrorFault, { status, body, headers }: ErrorAnswer): void {
  if (fault.mode === "cloudflare_error") return sendCloudflareError(exchange, fault);
  if (fault.mode !== "stalled_error") return sendJson(exchange, status, body, headers);
  sendHalf(exchange, status, JSON.stringify(body), { "content-type": "application/json", ...headers });
}
