/**
 * Keys that Anthropic knows but does not serve: a disabled key is refused like an unknown one, and
 * an organization at a spend limit gets that limit's code in the error's details. Only what costs
 * money is refused then; whether the real API also refuses the rest is not known. Source: the table
 * of statuses and codes in `core/error-classes.ts` of @anthropic-ai/sdk.
 */
import { errorEnvelope } from "../claude/messages-api.ts";
import { type Exchange, sendJson } from "../http/exchange.ts";
import type { CloudState, SpendLimit } from "../state/index.ts";

const SPEND_LIMITS: Readonly<Record<SpendLimit, { status: number; type: string; text: string }>> = {
  contract_spend_limit_reached: {
    status: 429,
    type: "rate_limit_error",
    text: "Your organization has reached the spend limit of its contract.",
  },
  enforced_spend_limit_reached: {
    status: 429,
    type: "rate_limit_error",
    text: "Your organization has crossed the monthly API usage threshold of its tier.",
  },
  ramp_limit_exceeded: {
    status: 429,
    type: "rate_limit_error",
    text: "Your organization's usage has grown faster than its limits allow.",
  },
  linked_organization_spend_limit_reached: {
    status: 402,
    type: "billing_error",
    text: "The linked organization has reached its spend limit.",
  },
};
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
  const { status, type, text } = SPEND_LIMITS[code];
  const { error, ...envelope } = errorEnvelope(type, requestId, text);
  const body = { ...envelope, error: { ...error, details: { error_code: code } } };
  sendJson(exchange, status, body, { "request-id": requestId });
  return true;
}
