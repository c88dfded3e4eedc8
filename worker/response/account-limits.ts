/**
 * The limits of an account that Anthropic names by a stable code. The code gets into the log and
 * into `x-failover-attempts`, and decides how long the target is tried last. A limit is recognized
 * only by its status and its code in the error's details, where no text of a caller can be. An
 * unknown code is never repeated. Sources: @anthropic-ai/sdk, `core/error-classes.ts` and
 * `resources/shared.ts`; platform.claude.com, "Rate limits".
 */

export interface AccountLimit {
  code: string;
  /**
   * Whether the limit ends by waiting for `retry-after`. The other limits end when somebody raises
   * them or pays, or at the end of the month. They concern all models of the account.
   */
  waitingHelps: boolean;
  /**
   * Whether it is this stack's account. The other one is linked to the user profile that the
   * request has chosen, so the limit says nothing about requests with another profile.
   */
  isOurs: boolean;
}

/** The limits by status and code, as the SDK's own table has them. */
const LIMITS: ReadonlyMap<string, Omit<AccountLimit, "code">> = new Map([
  ["429 contract_spend_limit_reached", { waitingHelps: false, isOurs: true }],
  ["429 enforced_spend_limit_reached", { waitingHelps: false, isOurs: true }],
  ["429 ramp_limit_exceeded", { waitingHelps: true, isOurs: true }],
  ["402 linked_organization_billing_unavailable", { waitingHelps: false, isOurs: false }],
  ["402 linked_organization_spend_limit_reached", { waitingHelps: false, isOurs: false }],
]);

/** Every limit as it stands in `x-failover-attempts`, such as `429:ramp_limit_exceeded`. */
export const ACCOUNT_LIMIT_RESULTS: readonly string[] = [...LIMITS.keys()].map((key) => key.replace(" ", ":"));

/** @param code `error.details.error_code` of the provider's error */
export function accountLimit(status: number, code: unknown): AccountLimit | undefined {
  if (typeof code !== "string") return undefined;
  const limit = LIMITS.get(`${status} ${code}`);
  return limit && { code, ...limit };
}
