/**
 * Keys that Anthropic knows but does not serve: a disabled key is refused like an unknown one, and
 * an organization at a spend limit gets that limit's code in the error's details. Only what costs
 * money is refused then; whether the real API also refuses the rest is not known. Source: the table
 * of statuses and codes in `core/error-classes.ts` of @anthropic-ai/sdk.
 */
import { errorOf } from "../claude/messages-api.ts";
import { sendErrorFault } from "../http/broken-error.ts";
import type { Exchange } from "../http/exchange.ts";
import type { CloudState } from "../state/index.ts";

const COSTS_MONEY: ReadonlySet<string> = new Set(["/v1/messages", "/v1/messages/batches"]);

export function isServedKey({ anthropicApiKeys, anthropicKeyLimits }: CloudState, key: string): boolean {
  return anthropicApiKeys.has(key) && anthropicKeyLimits.get(key)?.isDisabled !== true;
}

/** @returns whether the request has been refused */
export function refusedBySpendLimit(
  exchange: Exchange,
  { anthropicKeyLimits }: CloudState,
  key: string,
  requestId: string,
): boolean {
  const code = anthropicKeyLimits.get(key)?.spendLimit;
  if (code === undefined || exchange.method !== "POST" || !COSTS_MONEY.has(exchange.path)) return false;
  const fault = { mode: "account_limit", code } as const;
  sendErrorFault(exchange, fault, errorOf(fault, requestId));
  return true;
}
