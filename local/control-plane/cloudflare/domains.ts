/** Custom domains of Workers and their zones. */
import { refusal, uncodedRefusal } from "../../resources/cloudflare/account.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { CloudflareAccount, CustomDomain } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { camelCased, snakeCased } from "../snake-case.ts";
import { cloudflareRoute, page } from "./call.ts";
import { SEE_ZONES } from "./permissions.ts";

const DOMAIN = resourceType("cloudflare:index/workersCustomDomain:WorkersCustomDomain");
const PATH = "/accounts/:account/workers/domains";

export const domainRoutes = [
  /** If the token may not see a zone, the list is empty. */
  cloudflareRoute("GET", "/zones", ({ account, apiToken, query }) => {
    const [name, accountId] = [query.get("name"), query.get("account.id")];
    const sees = !account.deployTokenLimits.get(apiToken)?.lacks?.includes(SEE_ZONES);
    const zones = [...(sees ? account.zones : [])].filter(
      ([, zone]) => (name === null || zone === name) && (accountId === null || account.id === accountId),
    );
    return page(
      zones.map(([id, zone]) => ({ id, name: zone, status: "active", type: "full", account: { id: account.id } })),
      query,
    );
  }),

  /** Routes by pattern. A custom domain is none of them. */
  cloudflareRoute("GET", "/zones/:zone/workers/routes", ({ account, params }) => {
    requireZone(account, params.zone);
    return { result: [] };
  }),

  /** The zone's own records. How the record of a custom domain looks is not known, so it is left out. */
  cloudflareRoute("GET", "/zones/:zone/dns_records", ({ account, params, query }) => {
    requireZone(account, params.zone);
    return page([], query);
  }),

  cloudflareRoute("GET", PATH, ({ account, query }) => {
    const found = [...account.customDomains.values()].map((domain) => snakeCased(toApi(domain)));
    const filters = ["hostname", "service", "zone_id", "zone_name", "environment"].filter((name) => query.has(name));
    return { result: found.filter((domain) => filters.every((name) => domain[name] === query.get(name))) };
  }),

  cloudflareRoute("PUT", PATH, async (call) => {
    const inputs = { ...camelCased(call.body), accountId: call.account.id };
    const { id } = await DOMAIN.create(call.state, inputs, call);
    return { result: snakeCased(toApi(domainOf(call.account, id))) };
  }),

  cloudflareRoute("GET", `${PATH}/:domain`, ({ account, params }) => ({
    result: snakeCased(toApi(domainOf(account, params.domain))),
  })),

  cloudflareRoute("DELETE", `${PATH}/:domain`, ({ state, account, params }) => {
    const { id } = domainOf(account, params.domain);
    DOMAIN.delete(state, id, { accountId: account.id });
    return { result: null };
  }),
];

/** The certificate is created with the domain. */
function toApi(domain: CustomDomain) {
  return { ...domain, certId: domain.id };
}

function requireZone(account: CloudflareAccount, id: string): void {
  const known = account.zones.has(id);
  ensure(known, refusal(404, 7003, `Could not route to /zones/${id}, perhaps your object identifier is invalid?`));
}

function domainOf(account: CloudflareAccount, id: string): CustomDomain {
  const found = account.customDomains.get(id);
  ensure(found, uncodedRefusal(404, `no custom domain ${id}`));
  return found;
}
