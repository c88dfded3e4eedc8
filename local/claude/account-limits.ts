/**
 * The errors of an account at a limit, by their codes. Sources: `core/error-classes.ts` and
 * `resources/shared.ts` of @anthropic-ai/sdk; the text and the missing `retry-after` of
 * `enforced_spend_limit_reached` are those of platform.claude.com, "Rate limits". The other texts
 * and the length of `retry-after` are invented.
 */
export const ACCOUNT_LIMIT_CODES = [
  "contract_spend_limit_reached",
  "enforced_spend_limit_reached",
  "ramp_limit_exceeded",
  "linked_organization_spend_limit_reached",
  "linked_organization_billing_unavailable",
] as const;

export type AccountLimitCode = (typeof ACCOUNT_LIMIT_CODES)[number];

export interface LimitError {
  status: 402 | 429;
  text: string;
  retryAfterS?: number;
}

export const ACCOUNT_LIMITS: Readonly<Record<AccountLimitCode, LimitError>> = {
  contract_spend_limit_reached: {
    status: 429,
    text: "Your organization has reached the spend limit of its contract.",
  },
  enforced_spend_limit_reached: {
    status: 429,
    text:
      "You have reached your API usage limits: your organization has crossed its monthly API usage threshold, " +
      "set based on your organization's API tier. You will regain access on 2026-12-01 at 00:00 UTC.",
  },
  ramp_limit_exceeded: {
    status: 429,
    text: "Your organization's usage has grown faster than its limits allow.",
    retryAfterS: 60,
  },
  linked_organization_spend_limit_reached: {
    status: 402,
    text: "The linked organization has reached its spend limit.",
  },
  linked_organization_billing_unavailable: {
    status: 402,
    text: "The linked organization cannot be billed.",
  },
};
