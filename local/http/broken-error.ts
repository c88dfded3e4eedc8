/** A provider's error answer, whole or broken as the fault says. */

import type { ProviderFault } from "../faults/faults.ts";
import { type Exchange, sendHalf, sendJson } from "./exchange.ts";

/** Faults with an error status. */
export type ErrorFault = Extract<
  ProviderFault,
  { mode: "status" | "stalled_error" | "early_status" | "oversized_error" }
>;

type Headers = Readonly<Record<string, string>>;

export interface ErrorAnswer {
  status: number;
  body: unknown;
  headers: Headers;
}

export function isErrorFault(fault: ProviderFault | undefined): fault is ErrorFault {
  const mode = fault?.mode;
  return mode === "status" || mode === "stalled_error" || mode === "early_status" || mode === "oversized_error";
}

/** The fault's error text; undefined for the usual text of its status. */
export function textOf(fault: ErrorFault): string | undefined {
  if (fault.mode === "status") return fault.message;
  return fault.mode === "oversized_error"
    ? "The request is too long to be repeated here. ".padEnd(fault.bytes, "x")
    : undefined;
}

export function retryAfterOf(fault: ErrorFault): number | undefined {
  return fault.mode === "status" ? fault.retryAfterS : undefined;
}

export function sendErrorFault(exchange: Exchange, fault: ErrorFault, { status, body, headers }: ErrorAnswer): void {
  if (fault.mode !== "stalled_error") return sendJson(exchange, status, body, headers);
  sendHalf(exchange, status, JSON.stringify(body), { "content-type": "application/json", ...headers });
}
