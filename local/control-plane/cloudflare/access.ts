/** Access applications: kept and told back. Nobody is asked to log in here. */
import { uncodedRefusal } from "../../resources/cloudflare/account.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { AccessApplication, CloudflareAccount } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { camelCased, snakeCased } from "../snake-case.ts";
import { cloudflareRoute, page } from "./call.ts";

const APPLICATION = resourceType("cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication");
const PATH = "/accounts/:account/access/apps";

export const accessRoutes = [
  cloudflareRoute("GET", PATH, ({ account, query }) => page([...account.accessApplications.values()].map(told), query)),

  cloudflareRoute("POST", PATH, async (call) => {
    const inputs = { ...camelCased(call.body), accountId: call.account.id };
    const { id } = await APPLICATION.create(call.state, inputs, call);
    return { result: told(applicationOf(call.account, id)) };
  }),

  cloudflareRoute("GET", `${PATH}/:application`, ({ account, params }) => ({
    result: told(applicationOf(account, params.application)),
  })),

  cloudflareRoute("PUT", `${PATH}/:application`, ({ state, account, body, params }) => {
    const { id } = applicationOf(account, params.application);
    APPLICATION.update(state, id, { ...camelCased(body), accountId: account.id });
    return { result: told(applicationOf(account, id)) };
  }),

  cloudflareRoute("DELETE", `${PATH}/:application`, ({ state, account, params }) => {
    const { id } = applicationOf(account, params.application);
    APPLICATION.delete(state, id, { accountId: account.id });
    return { result: { id } };
  }),
];

/** `domain` comes back in its two newer forms as well. Source: the acceptance tests of Cloudflare's provider. */
function told({ id, aud, settings: { accountId, ...settings } }: AccessApplication) {
  const { domain: uri } = settings;
  const domains = { self_hosted_domains: [uri], destinations: [{ type: "public", uri }] };
  return { ...domains, ...snakeCased(settings), id, aud };
}

function applicationOf(account: CloudflareAccount, id: string): AccessApplication {
  const found = account.accessApplications.get(id);
  ensure(found, uncodedRefusal(404, `no Access application ${id}`));
  return found;
}
