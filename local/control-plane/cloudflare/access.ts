/** Access applications, as the API stores and returns them. */
import { uncodedRefusal } from "../../resources/cloudflare/account.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { AccessApplication, CloudflareAccount } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { camelCased, snakeCased } from "../snake-case.ts";
import { cloudflareRoute, page } from "./call.ts";

const APPLICATION = resourceType("cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication");
const PATH = "/accounts/:account/access/apps";

export const accessRoutes = [
  cloudflareRoute("GET", PATH, ({ account, query }) =>
    page([...account.accessApplications.values()].map(toApi), query),
  ),

  cloudflareRoute("POST", PATH, async (call) => {
    const inputs = { ...camelCased(call.body), accountId: call.account.id };
    const { id } = await APPLICATION.create(call.state, inputs, call);
    return { result: toApi(applicationOf(call.account, id)) };
  }),

  cloudflareRoute("GET", `${PATH}/:application`, ({ account, params }) => ({
    result: toApi(applicationOf(account, params.application)),
  })),

  cloudflareRoute("PUT", `${PATH}/:application`, ({ state, account, body, params }) => {
    const { id } = applicationOf(account, params.application);
    APPLICATION.update(state, id, { ...camelCased(body), accountId: account.id });
    return { result: toApi(applicationOf(account, id)) };
  }),

  cloudflareRoute("DELETE", `${PATH}/:application`, ({ state, account, params }) => {
    const { id } = applicationOf(account, params.application);
    APPLICATION.delete(state, id, { accountId: account.id });
    return { result: { id } };
  }),
];

/**
 * The API also returns `domain` in its two newer forms. Source: the acceptance tests of
 * Cloudflare's provider. An application for a Worker alone has no `domain`.
 */
function toApi({ id, aud, settings: { accountId, ...settings } }: AccessApplication) {
  const { domain: uri } = settings;
  const domains = uri === undefined ? {} : { self_hosted_domains: [uri], destinations: [{ type: "public", uri }] };
  return { ...domains, ...snakeCased(settings), id, aud };
}

function applicationOf(account: CloudflareAccount, id: string): AccessApplication {
  const found = account.accessApplications.get(id);
  ensure(found, uncodedRefusal(404, `no Access application ${id}`));
  return found;
}
