/**
 * Account-owned API tokens and their permission groups. A token's value is returned only on
 * creation. A list leaves out expired tokens, unless it asks for them. Source: `Token` and
 * `TokenListParams` of cloudflare-typescript.
 */
import { uncodedRefusal } from "../../resources/cloudflare/account.ts";
import { AI_GATEWAY_RUN } from "../../resources/cloudflare/index.ts";
import { ensure, type Inputs } from "../../resources/resource-type.ts";
import type { ApiToken, CloudflareAccount } from "../../state/index.ts";
import { statusOf } from "../../state/token-status.ts";
import { resourceType } from "../resource-type.ts";
import { snakeCased } from "../snake-case.ts";
import { type CloudflareCall, cloudflareRoute, page } from "./call.ts";

const TOKEN = resourceType("cloudflare:index/accountToken:AccountToken");
const PATH = "/accounts/:account/tokens";
const PERMISSION_GROUPS = [{ id: AI_GATEWAY_RUN, name: "AI Gateway Run", scopes: ["com.cloudflare.api.account"] }];

export const tokenRoutes = [
  cloudflareRoute("GET", `${PATH}/permission_groups`, ({ query }) => {
    const [wanted, scope] = [query.get("name"), query.get("scope")];
    const isWanted = ({ name, scopes }: (typeof PERMISSION_GROUPS)[number]) =>
      (wanted === null || name === wanted) && (scope === null || scopes.includes(scope));
    return { result: PERMISSION_GROUPS.filter(isWanted) };
  }),

  cloudflareRoute("GET", PATH, ({ account, query }) => {
    const isListed = (token: ApiToken) => statusOf(token) !== "expired" || query.get("include_expired") === "true";
    return page([...account.tokens.values()].filter(isListed).map(toApi), query);
  }),

  cloudflareRoute("POST", PATH, async (call) => {
    const { id } = await TOKEN.create(call.state, inputs(call), call);
    const token = tokenOf(call.account, id);
    return { result: { ...toApi(token), value: token.value } };
  }),

  cloudflareRoute("GET", `${PATH}/:token`, ({ account, params }) => ({
    result: toApi(tokenOf(account, params.token)),
  })),

  cloudflareRoute("PUT", `${PATH}/:token`, (call) => {
    const token = tokenOf(call.account, call.params.token);
    TOKEN.update(call.state, token.id, inputs(call));
    token.status = call.body.status === "disabled" ? "disabled" : "active";
    return { result: toApi(token) };
  }),

  cloudflareRoute("DELETE", `${PATH}/:token`, ({ state, account, params }) => {
    TOKEN.delete(state, params.token, { accountId: account.id });
    return { result: { id: params.token } };
  }),
];

/** In a Pulumi program `resources` is JSON text, in the API it is an object. */
function inputs({ account, body }: CloudflareCall): Inputs {
  ensure(typeof body.name === "string" && body.name !== "", uncodedRefusal(400, "a token needs a name"));
  ensure(Array.isArray(body.policies) && body.policies.length > 0, uncodedRefusal(400, "a token needs policies"));
  const policies = body.policies.map(({ effect, permission_groups, resources }: Inputs) => ({
    effect,
    permissionGroups: permission_groups ?? [],
    resources: JSON.stringify(resources ?? {}),
  }));
  return { accountId: account.id, name: body.name, policies, expiresOn: body.expires_on ?? undefined };
}

function toApi(token: ApiToken) {
  const { id, name, policies, issuedOn, modifiedOn, lastUsedOn, expiresOn } = token;
  const wire = policies.map(({ effect, permissionGroups, resources }, index) => ({
    id: `${id.slice(0, 30)}${String(index).padStart(2, "0")}`,
    effect,
    permission_groups: permissionGroups.map(groupToApi),
    resources,
  }));
  const dates = snakeCased({ issuedOn, modifiedOn, lastUsedOn, expiresOn });
  return { id, name, status: statusOf(token), ...dates, policies: wire };
}

function groupToApi({ id }: { id: string }) {
  const name = PERMISSION_GROUPS.find((group) => group.id === id)?.name;
  return name === undefined ? { id } : { id, name };
}

function tokenOf(account: CloudflareAccount, id: string): ApiToken {
  const found = account.tokens.get(id);
  ensure(found, uncodedRefusal(404, `no token ${id}`));
  return found;
}
