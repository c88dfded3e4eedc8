/**
 * What limits an API token that comes from outside, such as one that a person made in the dashboard
 * to deploy with. Tests use it for tokens of the wrong kind, expired tokens, and tokens that lack a
 * permission.
 */
import type { TokenStatus } from "./token-status.ts";

export interface DeployTokenLimits {
  /** Who owns the token: a user, or the account itself. Each kind verifies itself at its own path. */
  kind?: "user" | "account";
  status?: TokenStatus;
  /** ISO 8601 in whole seconds. From then on the token counts as expired. */
  expiresOn?: string;
  /** Names of permissions as the API has them, such as `AI Gateway Write`. */
  lacks?: readonly string[];
}
