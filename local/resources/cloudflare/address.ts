/** A script's addresses: its workers.dev name, and custom domains in the account's zones. */
import { randomUUID } from "node:crypto";
import type { CloudflareAccount, CustomDomain, Script } from "../../state/index.ts";
import { ensure, type Inputs, type ResourceType } from "../resource-type.ts";
import { accountOf, accountRequests, accountScopedId, authorised, refusal, uncodedRefusal } from "./account.ts";
import { scriptOf } from "./script.ts";

/** The provider uses the account id as the resource id. */
export const workersScriptSubdomain: ResourceType = {
  computed: [],
  optionalComputed: ["previewsEnabled"],
  replaceOn: ["accountId", "scriptName"],
  identify(importId) {
    const found = accountScopedId("scriptName")(importId);
    return found && { ...found, id: found.inputs.accountId };
  },
  request: accountRequests(
    { create: "POST", read: "GET", update: "POST", delete: "DELETE" },
    ({ scriptName }) => `workers/scripts/${scriptName}/subdomain`,
  ),
  authorise: authorised,
  create(state, inputs, provider) {
    authorised(state, inputs, provider);
    return { id: inputs.accountId, outputs: enable(scriptOf(state, inputs.accountId, inputs.scriptName), inputs) };
  },
  read(state, _id, inputs) {
    const script = accountOf(state, inputs).scripts.get(inputs.scriptName);
    return script && subdomainAttributes(script);
  },
  update: (state, _id, inputs) => enable(scriptOf(state, inputs.accountId, inputs.scriptName), inputs),
  delete(state, _id, inputs) {
    enable(scriptOf(state, inputs.accountId, inputs.scriptName), { enabled: false, previewsEnabled: false });
  },
};

export const workersCustomDomain: ResourceType = {
  computed: ["certId", "environment"],
  optionalComputed: ["zoneId", "zoneName"],
  replaceOn: ["accountId", "hostname", "service", "zoneId", "zoneName"],
  identify: accountScopedId(),
  request: accountRequests({ create: "PUT", read: "GET", update: "PUT", delete: "DELETE" }, (_inputs, operation, id) =>
    operation === "create" ? "workers/domains" : `workers/domains/${id}`,
  ),
  authorise: authorised,
  create(state, inputs, provider) {
    const account = authorised(state, inputs, provider);
    const { hostname } = inputs;
    const service = scriptOf(state, account.id, inputs.service).name;
    const zone = zoneOf(account, inputs);
    const existing = [...account.customDomains.values()].find((domain) => domain.hostname === hostname);
    const domain = { id: existing?.id ?? randomUUID(), hostname, service, ...zone, environment: "production" };
    account.customDomains.set(domain.id, domain);
    return { id: domain.id, outputs: domainAttributes(account, domain) };
  },
  read(state, id, inputs) {
    const account = accountOf(state, inputs);
    const found = account.customDomains.get(id);
    return found && domainAttributes(account, found);
  },
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete(state, id, inputs) {
    const isDeleted = accountOf(state, inputs).customDomains.delete(id);
    ensure(isDeleted, uncodedRefusal(404, `no custom domain ${id}`));
  },
};

function enable(script: Script, { enabled, previewsEnabled = script.previewsEnabled }: Inputs) {
  Object.assign(script, { subdomainEnabled: enabled, previewsEnabled });
  return subdomainAttributes(script);
}

function subdomainAttributes({ account, name, subdomainEnabled, previewsEnabled }: Script): Record<string, unknown> {
  return { accountId: account.id, scriptName: name, enabled: subdomainEnabled, previewsEnabled };
}

function domainAttributes({ id: accountId }: CloudflareAccount, { id: certId, ...domain }: CustomDomain) {
  return { accountId, certId, ...domain };
}

/** The zone that the inputs name. Without a name, the zone that contains the hostname. */
function zoneOf({ zones }: CloudflareAccount, { hostname, zoneId, zoneName }: Inputs) {
  const isNamed = zoneId !== undefined || zoneName !== undefined;
  const [found] = [...zones]
    .map(([id, name]) => ({ zoneId: id, zoneName: name }))
    .filter((zone) => zone.zoneId === (zoneId ?? zone.zoneId) && zone.zoneName === (zoneName ?? zone.zoneName))
    .filter((zone) => hostname === zone.zoneName || hostname.endsWith(`.${zone.zoneName}`))
    .sort((one, other) => other.zoneName.length - one.zoneName.length);
  ensure(found ?? isNamed, refusal(400, 10082, `Can't infer zone from route (${hostname})`));
  ensure(found, refusal(400, 10083, `workers.api.error.zone_not_found for "${hostname}"`));
  return found;
}
