/**
 * Workers as scripts. An upload silently replaces a script with the same name, as the real API
 * does. Sources: Cloudflare's "Workers limits", and the real provider for what a refresh sees.
 */
import { randomUUID } from "node:crypto";
import type { CloudflareAccount, Observability, Script, ScriptBinding } from "../../state/index.ts";
import { CloudError, ensure, type Inputs, type ResourceType } from "../resource-type.ts";
import { accountOf, accountRequests, accountScopedId, authorised, refusal, uncodedRefusal } from "./account.ts";

const MAX_BINDING_BYTES = 5 * 1024;
/**
 * The limit of the free plan; the paid plan allows 128. All types of bindings count here, because
 * which ones Cloudflare counts is not known.
 */
const MAX_BINDINGS = 64;
/** In seconds. */
const RATE_LIMIT_PERIODS = [10, 60];

export const workersScript: ResourceType = {
  computed: ["handlers", "hasModules", "createdOn", "modifiedOn"],
  optionalComputed: ["compatibilityFlags", "limits", "logpush", "usageModel"],
  replaceOn: ["accountId", "scriptName"],
  identify: accountScopedId("scriptName"),
  request: accountRequests(
    { create: "PUT", read: "GET", update: "PUT", delete: "DELETE" },
    ({ scriptName }, operation) => `workers/${operation === "read" ? "services" : "scripts"}/${scriptName}`,
  ),
  authorise: authorised,
  create(state, inputs, provider) {
    const script = upload(authorised(state, inputs, provider), inputs);
    return { id: script.name, outputs: attributes(script, inputs) };
  },
  read(state, id, inputs) {
    const script = accountOf(state, inputs).scripts.get(id);
    return script && { ...attributes(script, inputs), bindings: visibleBindings(script, inputs.bindings) };
  },
  update: (state, _id, inputs) => attributes(upload(accountOf(state, inputs), inputs), inputs),
  delete(state, id, inputs) {
    ensure(accountOf(state, inputs).scripts.delete(id), scriptMissing(id));
  },
};

export function scriptOf(state: Parameters<typeof accountOf>[0], accountId: string, name: string): Script {
  const script = accountOf(state, { accountId }).scripts.get(name);
  ensure(script, scriptMissing(name));
  return script;
}

function scriptMissing(name: string) {
  return refusal(404, 10007, `This Worker does not exist on your account (${name})`);
}

/** The API does not return the name of the main module. */
function attributes(script: Script, inputs: Inputs): Record<string, unknown> {
  const { content, compatibilityDate, compatibilityFlags, observability, limits, logpush, usageModel } = script;
  return {
    accountId: script.account.id,
    scriptName: script.name,
    mainModule: inputs.mainModule ?? script.mainModule,
    content,
    compatibilityDate: compatibilityDate || undefined,
    compatibilityFlags,
    bindings: inputs.bindings,
    observability: observability ?? undefined,
    limits: limits ?? undefined,
    logpush,
    usageModel,
    createdOn: script.createdOn,
    modifiedOn: script.modifiedOn,
    hasModules: true,
    handlers: ["fetch"],
  };
}

/**
 * The bindings that the provider reports after a refresh. The API returns no secret values. For a
 * plain text in its state, the provider keeps the state's value, even if the text was changed or
 * removed. It reports an added plain text and a removed secret. It does not report an added secret.
 * It treats a rate limit like a plain text.
 */
function visibleBindings(script: Script, known: readonly ScriptBinding[] | undefined): object[] {
  const secrets = script.bindings.filter(({ type }) => type === "secret_text");
  const others = script.bindings.filter(({ type }) => type !== "secret_text");
  if (!known) return [...others, ...secrets.map(({ name, type }) => ({ name, type }))];
  const isLive = (known: ScriptBinding) => secrets.some(({ name }) => name === known.name);
  const isKnown = ({ name, type }: ScriptBinding) =>
    known.some((binding) => binding.name === name && binding.type === type);
  const kept = known.filter((binding) => binding.type !== "secret_text" || isLive(binding));
  return [...kept, ...others.filter((binding) => !isKnown(binding))];
}

function upload(account: CloudflareAccount, inputs: Inputs): Script {
  const name: string = inputs.scriptName;
  const isName = /^[a-z0-9][a-z0-9-]{0,62}$/.test(name);
  ensure(isName, refusal(400, 10016, `the script name ${name} is not valid`));
  ensure(inputs.content, uncodedRefusal(400, "the upload has no content"));
  const hasMain = inputs.mainModule !== undefined;
  ensure(hasMain, refusal(400, 10021, "without a main module an ES module is no valid script"));
  const replaced = account.scripts.get(name);
  const modifiedOn = new Date().toISOString();
  const script: Script = {
    account,
    name,
    versionId: randomUUID(),
    content: inputs.content,
    mainModule: inputs.mainModule,
    compatibilityDate: inputs.compatibilityDate ?? "",
    compatibilityFlags: inputs.compatibilityFlags ?? [],
    bindings: checkedBindings(inputs.bindings ?? []),
    observability: inputs.observability ? withDefaults(inputs.observability) : null,
    logpush: inputs.logpush ?? false,
    usageModel: inputs.usageModel ?? "standard",
    limits: inputs.limits ?? null,
    createdOn: replaced?.createdOn ?? modifiedOn,
    modifiedOn,
    subdomainEnabled: replaced?.subdomainEnabled ?? false,
    previewsEnabled: replaced?.previewsEnabled ?? false,
  };
  account.scripts.set(name, script);
  return script;
}

function checkedBindings(bindings: readonly Inputs[]): readonly ScriptBinding[] {
  const isFew = bindings.length <= MAX_BINDINGS;
  ensure(isFew, uncodedRefusal(400, `a Worker has at most ${MAX_BINDINGS} variables`));
  return bindings.map((binding) => {
    switch (binding.type) {
      case "plain_text":
      case "secret_text":
        return checkedText(binding);
      case "ratelimit":
        return checkedRateLimit(binding);
      case "version_metadata":
        return { name: binding.name, type: binding.type };
      default:
        throw new CloudError(`The local cloud does not support bindings of type ${binding.type}.`);
    }
  });
}

function checkedText({ name, type, text = "" }: Inputs): ScriptBinding {
  const isShort = Buffer.byteLength(text) <= MAX_BINDING_BYTES;
  ensure(isShort, uncodedRefusal(400, `the variable ${name} is over 5 KB`));
  return { name, type, text };
}

function checkedRateLimit({ name, type, namespaceId, simple = {} }: Inputs): ScriptBinding {
  const { limit, period } = simple;
  const isNamespace = typeof namespaceId === "string" && /^[1-9][0-9]*$/.test(namespaceId);
  ensure(isNamespace, uncodedRefusal(400, `the namespace_id of ${name} is not a positive integer as text`));
  const isLimit = Number.isInteger(limit) && limit > 0;
  ensure(isLimit, uncodedRefusal(400, `the limit of ${name} is not a positive integer`));
  const isPeriod = RATE_LIMIT_PERIODS.includes(period);
  ensure(isPeriod, uncodedRefusal(400, `the period of ${name} is neither 10 nor 60 seconds`));
  return { name, type, namespaceId, simple: { limit, period } };
}

/** The API fills in what an upload leaves out, and a refresh returns it. */
function withDefaults({ logs, traces, ...rest }: Inputs): Observability {
  return {
    headSamplingRate: 1,
    enabled: rest.enabled,
    ...rest,
    logs: { enabled: rest.enabled, headSamplingRate: 1, invocationLogs: true, persist: true, ...logs },
    traces: { enabled: false, headSamplingRate: 1, persist: true, ...traces },
  };
}
