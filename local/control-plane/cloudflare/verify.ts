/**
 * Verifies an API token. Every token may verify itself. The account's path also accepts tokens
 * created in that account. Source for the texts: captures in public issues.
 */
import { createHash } from "node:crypto";
import { type Route, route } from "../../http/router.ts";
import { refusal } from "../../resources/cloudflare/account.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { CloudflareAccount, CloudState } from "../../state/index.ts";
import type { CloudflareAnswer } from "./call.ts";

interface VerifyCall {
  state: CloudState;
  apiToken: string;
}

export const verifyRoutes: readonly Route<VerifyCall, CloudflareAnswer>[] = [
  route("GET", "/client/v4/user/tokens/verify", ({ state, apiToken }: VerifyCall) => {
    const isDeployer = [...state.accounts.values()].some(({ deployTokens }) => deployTokens.has(apiToken));
    return verificationOf(isDeployer ? deployTokenId(apiToken) : undefined);
  }),
  route("GET", "/client/v4/accounts/:account/tokens/verify", ({ state, apiToken, params }) =>
    verificationOf(tokenId(state.accounts.get(params.account), apiToken)),
  ),
];

function tokenId(account: CloudflareAccount | undefined, apiToken: string): string | undefined {
  if (account?.deployTokens.has(apiToken)) return deployTokenId(apiToken);
  return [...(account?.tokens.values() ?? [])].find(({ value }) => value === apiToken)?.id;
}

/** Deploy tokens come from outside and have no id here, so this derives one. */
function deployTokenId(apiToken: string): string {
  return createHash("sha256").update(apiToken).digest("hex").slice(0, 32);
}

function verificationOf(id: string | undefined): CloudflareAnswer {
  ensure(id, refusal(401, 1000, "Invalid API Token"));
  const messages = [{ code: 10000, message: "This API Token is valid and active", type: null }];
  return { result: { id, status: "active" }, messages };
}
