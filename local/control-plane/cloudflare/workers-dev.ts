/** workers.dev: the account's subdomain, each script's switch, and the Worker's address. */
import { refusal, uncodedRefusal } from "../../resources/cloudflare/account.ts";
import { scriptOf } from "../../resources/cloudflare/script.ts";
import { ensure } from "../../resources/resource-type.ts";
import { type CloudflareAccount, type Script, workerId } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { snakeCased } from "../snake-case.ts";
import { cloudflareRoute } from "./call.ts";

const SUBDOMAIN = resourceType("cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain");
const PATH = "/accounts/:account/workers/scripts/:script/subdomain";
const NO_REFERENCES = { dispatch_namespace_outbounds: [], durable_objects: [], queues: [], workers: [] };

export const workersDevRoutes = [
  cloudflareRoute("GET", "/accounts/:account/workers/subdomain", ({ account }) => {
    ensure(account.subdomain !== "", refusal(404, 10007, "This account has no workers.dev subdomain."));
    return { result: { subdomain: account.subdomain } };
  }),

  cloudflareRoute("GET", PATH, ({ state, account, params }) => ({
    result: subdomainToApi(scriptOf(state, account.id, params.script)),
  })),

  cloudflareRoute("POST", PATH, async (call) => {
    const { enabled, previews_enabled: previewsEnabled } = call.body;
    ensure(typeof enabled === "boolean", uncodedRefusal(400, "enabled is required"));
    const script = scriptOf(call.state, call.account.id, call.params.script);
    const inputs = { accountId: call.account.id, scriptName: script.name, enabled, previewsEnabled };
    await SUBDOMAIN.create(call.state, inputs, call);
    return { result: subdomainToApi(script) };
  }),

  cloudflareRoute("DELETE", PATH, ({ state, account, params }) => {
    const script = scriptOf(state, account.id, params.script);
    SUBDOMAIN.delete(state, account.id, { accountId: account.id, scriptName: script.name });
    return { result: subdomainToApi(script) };
  }),

  cloudflareRoute("GET", "/accounts/:account/workers/workers/:worker", ({ state, account, params }) => {
    const byId = [...account.scripts.values()].find((script) => workerId(script) === params.worker);
    return { result: workerToApi(account, byId ?? scriptOf(state, account.id, params.worker)) };
  }),
];

function subdomainToApi({ subdomainEnabled, previewsEnabled }: Script) {
  return { enabled: subdomainEnabled, previews_enabled: previewsEnabled };
}

/** The addresses are returned even when the script is not served there. */
function workerToApi({ subdomain, customDomains }: CloudflareAccount, script: Script) {
  const { name, createdOn, modifiedOn: updatedOn, logpush, observability } = script;
  const host = `${name}.${subdomain}.workers.dev`;
  const addresses = subdomain === "" ? {} : { url: `https://${host}`, preview_url_suffix: `-${host}` };
  const domains = [...customDomains.values()]
    .filter(({ service }) => service === name)
    .map(({ id, hostname, zoneId, zoneName }) => ({ id, certificateId: id, hostname, zoneId, zoneName }));
  return {
    id: workerId(script),
    ...snakeCased({ name, createdOn, updatedOn, logpush, observability: observability ?? undefined }),
    subdomain: { ...subdomainToApi(script), ...addresses },
    references: { ...NO_REFERENCES, ...snakeCased({ domains }) },
    tags: [],
    tail_consumers: [],
  };
}
