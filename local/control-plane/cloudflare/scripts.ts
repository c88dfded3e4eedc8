/** Workers as scripts: upload, list, settings, content, names of secrets, and services. */
import { createHash } from "node:crypto";
import { scriptOf } from "../../resources/cloudflare/script.ts";
import type { Script, ScriptBinding } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { camelCased, snakeCased } from "../snake-case.ts";
import { cloudflareRoute } from "./call.ts";
import { parseUpload } from "./upload.ts";

const SCRIPT = resourceType("cloudflare:index/workersScript:WorkersScript");
const PATH = "/accounts/:account/workers/scripts";

export const scriptRoutes = [
  cloudflareRoute("GET", PATH, ({ account }) => ({ result: [...account.scripts.values()].map(toApi) })),

  cloudflareRoute("PUT", `${PATH}/:script`, async (call) => {
    const { content, metadata } = await parseUpload(call.upload);
    const name = call.params.script;
    await SCRIPT.create(
      call.state,
      { ...camelCased(metadata), accountId: call.account.id, scriptName: name, content },
      call,
    );
    return { result: { ...toApi(scriptOf(call.state, call.account.id, name)), startup_time_ms: 1 } };
  }),

  cloudflareRoute("DELETE", `${PATH}/:script`, ({ state, account, params }) => {
    SCRIPT.delete(state, params.script, { accountId: account.id });
    return { result: null };
  }),

  cloudflareRoute("GET", `${PATH}/:script/settings`, ({ state, account, params }) => {
    const script = scriptOf(state, account.id, params.script);
    const { compatibilityDate, compatibilityFlags, observability, limits } = script;
    const given = snakeCased({ observability: observability ?? undefined, limits: limits ?? undefined });
    const result = {
      ...given,
      ...runtimeToApi(script),
      bindings: script.bindings.map(withoutSecret),
      compatibility_date: compatibilityDate,
      compatibility_flags: compatibilityFlags,
      tags: [],
    };
    return { result };
  }),

  /** One part per module, as uploaded. */
  cloudflareRoute("GET", `${PATH}/:script/content/v2`, ({ state, account, params }) => {
    const { mainModule, content } = scriptOf(state, account.id, params.script);
    const modules = new FormData();
    modules.append(mainModule, new File([content], mainModule, { type: "application/javascript+module" }));
    return new Response(modules, { headers: { "cf-entrypoint": mainModule } });
  }),

  cloudflareRoute("GET", `${PATH}/:script/secrets`, ({ state, account, params }) => {
    const secrets = scriptOf(state, account.id, params.script).bindings.filter(({ type }) => type === "secret_text");
    return { result: secrets.map(withoutSecret) };
  }),

  cloudflareRoute("GET", "/accounts/:account/workers/services/:service", ({ state, account, params }) => {
    const script = scriptOf(state, account.id, params.service);
    const dates = { created_on: script.createdOn, modified_on: script.modifiedOn };
    const environment = { environment: "production", ...dates, script: toApi(script) };
    return { result: { id: script.name, ...dates, default_environment: environment, environments: [environment] } };
  }),
];

export function etagOf({ content }: Script): string {
  return createHash("sha256").update(content).digest("hex");
}

function toApi(script: Script) {
  return {
    id: script.name,
    etag: etagOf(script),
    handlers: ["fetch"],
    named_handlers: [],
    has_modules: true,
    has_assets: false,
    created_on: script.createdOn,
    modified_on: script.modifiedOn,
    ...runtimeToApi(script),
  };
}

/** The provider crashes if `placement` is missing. */
function runtimeToApi({ usageModel, logpush }: Script) {
  return { usage_model: usageModel, logpush, placement: {}, tail_consumers: [] };
}

export function withoutSecret(binding: ScriptBinding) {
  const { name, type } = binding;
  return type === "secret_text" ? { name, type } : snakeCased(binding);
}
