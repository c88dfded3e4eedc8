/**
 * Verifies an API token. Every token may verify itself: a user's token only at the user's path, an
 * account's token only at that account's path. The other path answers that it is invalid. Sources:
 * captures in public issues (lablabs/cloudflare-exporter#158, benvinegar/counterscale#268);
 * `TokenVerifyResponse` of cloudflare-typescript.
 */
import { createHash } from "node:crypto";
import { type Route, route } from "../../http/router.ts";
import { refusal } from "../../resources/cloudflare/account.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { CloudflareAccount, CloudState, DeployTokenLimits } from "../../state/index.ts";
import { statusOf, type TokenStatus } from "../../state/token-status.ts";
import type { CloudflareAnswer } from "./call.ts";

interface VerifyCall {
  state: CloudState;
  apiToken: string;
}

interface Verified {
  id: string;
  status?: TokenStatus;
  expiresOn?: string;
}

export const verifyRoutes: readonly Route<VerifyCall, CloudflareAnswer>[] = [
  route("GET", "/client/v4/user/tokens/verify", ({ state, apiToken }: VerifyCall) => {
    const account = [...state.accounts.values()].find(({ deployTokens }) => deployTokens.has(apiToken));
    return verificationOf(deployToken(account, apiToken, "user"));
  }),
  route("GET", "/client/v4/accounts/:account/tokens/verify", ({ state, apiToken, params }) => {
    const account = state.accounts.get(params.account);
    const created = [...(account?.tokens.values() ?? [])].find(({ value }) => value === apiToken);
    return verificationOf(created ?? deployToken(account, apiToken, "account"));
  }),
];

/** A deploy token comes from outside and has no id here, so this derives one. */
function deployToken(
  account: CloudflareAccount | undefined,
  apiToken: string,
  kind: DeployTokenLimits["kind"],
): Verified | undefined {
  const limits = account?.deployTokenLimits.get(apiToken);
  if (!account?.deployTokens.has(apiToken) || (limits?.kind ?? "user") !== kind) return undefined;
  return { ...limits, id: createHash("sha256").update(apiToken).digest("hex").slice(0, 32) };
}

/** Only an active token is called valid. */
function verificationOf(token: Verified | undefined): CloudflareAnswer {
  ensure(token, refusal(401, 1000, "Invalid API Token"));
  const { id, expiresOn } = token;
  const status = statusOf(token);
  const result = { id, status, ...(expiresOn === undefined ? {} : { expires_on: expiresOn }) };
  const valid = { code: 10000, message: "This API Token is valid and active", type: null };
  return { result, messages: status === "active" ? [valid] : [] };
}
