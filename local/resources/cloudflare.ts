/** Cloudflare's resources. Limits: developers.cloudflare.com (AI Gateway, Workers limits); texts and codes: docs/fidelity.md. */
import { randomHex, randomText } from "../ids.ts";
import { type CloudflareAccount, type CloudState, newGateway, type Script } from "../state.ts";
import { type Inputs, type LookUp, type ResourceKind, require } from "./kind.ts";

const MAX_GATEWAYS = 20;
const MAX_BINDING_BYTES = 5 * 1024;
const MAX_BINDINGS = 128;
export const AI_GATEWAY_RUN = "644535f4ed854494a59cb289d634b257";
const PERMISSION_GROUPS = new Set([AI_GATEWAY_RUN]);

const gateway: ResourceKind = {
  computed: ["isDefault", "createdAt", "modifiedAt"],
  replaceOn: ["accountId", "aiGatewayId"],
  authorise: authorised,
  create(state, inputs, provider) {
    const account = authorised(state, inputs, provider);
    const id: string = inputs.aiGatewayId;
    require(/^[a-z0-9-]{1,64}$/.test(id), `400 Bad Request: 7001: the gateway id ${JSON.stringify(id)} is not valid`);
    require(!account.gateways.has(id), `409 Conflict: 7001: the gateway ${id} exists already`);
    require(account.gateways.size < MAX_GATEWAYS, `400 Bad Request: an account has at most ${MAX_GATEWAYS} gateways`);
    checkGateway(inputs);
    account.gateways.set(id, newGateway(id, gatewaySettings(inputs)));
    return { id, outputs: { ...inputs, isDefault: false, createdAt: new Date().toISOString() } };
  },
  read: (state, id, inputs) => (accountOf(state, inputs).gateways.has(id) ? { ...inputs } : undefined),
  update(state, id, inputs) {
    const found = accountOf(state, inputs).gateways.get(id);
    require(found, `404 Not Found: 7002: no gateway ${id}`);
    checkGateway(inputs);
    Object.assign(found, gatewaySettings(inputs));
    return { ...inputs };
  },
  delete(state, id, inputs) {
    require(accountOf(state, inputs).gateways.delete(id), `404 Not Found: 7002: no gateway ${id}`);
  },
};

const accountToken: ResourceKind = {
  computed: ["value", "status"],
  replaceOn: ["accountId"],
  authorise: authorised,
  create(state, inputs, provider) {
    const account = authorised(state, inputs, provider);
    const permissionGroups = grantedGroups(inputs);
    const token = { id: randomHex(32), name: inputs.name, value: randomText(40), permissionGroups };
    account.tokens.set(token.id, token);
    return { id: token.id, outputs: { ...inputs, value: token.value, status: "active" }, secretOutputs: ["value"] };
  },
  read: (state, id, inputs) => (accountOf(state, inputs).tokens.has(id) ? { ...inputs } : undefined),
  update(state, id, inputs) {
    const token = accountOf(state, inputs).tokens.get(id);
    require(token, `404 Not Found: no token ${id}`);
    Object.assign(token, { name: inputs.name, permissionGroups: grantedGroups(inputs) });
    return { ...inputs };
  },
  delete(state, id, inputs) {
    require(accountOf(state, inputs).tokens.delete(id), `404 Not Found: no token ${id}`);
  },
};

/** The upload replaces whatever has the name, silently, as the real API does. */
const workersScript: ResourceKind = {
  computed: ["handlers", "hasModules"],
  replaceOn: ["accountId", "scriptName"],
  authorise: authorised,
  create(state, inputs, provider) {
    upload(authorised(state, inputs, provider), inputs);
    return { id: inputs.scriptName, outputs: { ...inputs, hasModules: true, handlers: ["fetch"] } };
  },
  read: (state, id, inputs) => (accountOf(state, inputs).scripts.has(id) ? { ...inputs } : undefined),
  update(state, _id, inputs) {
    upload(accountOf(state, inputs), inputs);
    return { ...inputs };
  },
  delete(state, id, inputs) {
    require(accountOf(state, inputs).scripts.delete(id), `404 Not Found: 10007: no Worker ${id}`);
  },
};

const subdomain: ResourceKind = {
  computed: [],
  replaceOn: ["accountId", "scriptName"],
  authorise: authorised,
  create(state, inputs, provider) {
    authorised(state, inputs, provider);
    scriptOf(state, inputs).subdomainEnabled = inputs.enabled;
    return { id: inputs.accountId, outputs: { ...inputs } };
  },
  read(state, _id, inputs) {
    const script = accountOf(state, inputs).scripts.get(inputs.scriptName);
    return script && { ...inputs, enabled: script.subdomainEnabled };
  },
  update(state, _id, inputs) {
    scriptOf(state, inputs).subdomainEnabled = inputs.enabled;
    return { ...inputs };
  },
  delete(state, _id, inputs) {
    scriptOf(state, inputs).subdomainEnabled = false;
  },
};

const getWorker: LookUp = (state, inputs) => {
  const account = accountOf(state, inputs);
  const script = account.scripts.get(inputs.workerId);
  require(script, `404 Not Found: 10007: no Worker ${inputs.workerId}`);
  const url = `https://${script.name}.${account.subdomain}.workers.dev`;
  return { name: script.name, subdomain: { enabled: script.subdomainEnabled, previewsEnabled: false, url } };
};

export const cloudflareResources: Readonly<Record<string, ResourceKind>> = {
  "cloudflare:index/aiGateway:AiGateway": gateway,
  "cloudflare:index/accountToken:AccountToken": accountToken,
  "cloudflare:index/workersScript:WorkersScript": workersScript,
  "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain": subdomain,
};

export const cloudflareLookUps: Readonly<Record<string, LookUp>> = {
  "cloudflare:index/getWorker:getWorker": getWorker,
};

function accountOf(state: CloudState, inputs: Inputs): CloudflareAccount {
  const account = state.accounts.get(inputs.accountId);
  require(account, `404 Not Found: 7003: no account ${inputs.accountId}`);
  return account;
}

function authorised(state: CloudState, inputs: Inputs, provider: Inputs): CloudflareAccount {
  const account = accountOf(state, inputs);
  require(account.deployTokens.has(provider.apiToken), "403 Forbidden: 10000: Authentication error");
  return account;
}

function scriptOf(state: CloudState, inputs: Inputs): Script {
  const script = accountOf(state, inputs).scripts.get(inputs.scriptName);
  require(script, `404 Not Found: 10007: This Worker does not exist on your account (${inputs.scriptName})`);
  return script;
}

function checkGateway(inputs: Inputs): void {
  for (const name of ["cacheTtl", "rateLimitingInterval", "rateLimitingLimit"]) {
    require(Number.isInteger(inputs[name]) && inputs[name] >= 0, `400 Bad Request: ${name} must be at least 0`);
  }
  const { logManagement = 10_000 } = inputs;
  require(logManagement >= 10_000 && logManagement <= 10_000_000, "400 Bad Request: logManagement is out of range");
}

function gatewaySettings(inputs: Inputs) {
  return { authentication: inputs.authentication === true, byokOnly: inputs.byokOnly === true };
}

function grantedGroups(inputs: Inputs): string[] {
  const resource = `com.cloudflare.api.account.${inputs.accountId}`;
  return inputs.policies.flatMap((policy: Inputs) => {
    require(policy.effect === "allow", "400 Bad Request: only allow policies are known here");
    require(JSON.parse(policy.resources)[resource] === "*", "400 Bad Request: the policy is for another account");
    return policy.permissionGroups.map((group: Inputs) => {
      require(PERMISSION_GROUPS.has(group.id), `400 Bad Request: no permission group ${group.id}`);
      return group.id;
    });
  });
}

function upload(account: CloudflareAccount, inputs: Inputs): void {
  const name: string = inputs.scriptName;
  require(/^[a-z0-9][a-z0-9-]{0,62}$/.test(name), `400 Bad Request: 10016: the script name ${name} is not valid`);
  require(inputs.content, "400 Bad Request: the upload has no content");
  require(inputs.mainModule, "400 Bad Request: 10021: without a main module an ES module is no valid script");
  const bindings: Script["bindings"] = inputs.bindings ?? [];
  require(bindings.length <= MAX_BINDINGS, `400 Bad Request: a Worker has at most ${MAX_BINDINGS} variables`);
  for (const { name: binding, text } of bindings) {
    require(Buffer.byteLength(text) <= MAX_BINDING_BYTES, `400 Bad Request: the variable ${binding} is over 5 KB`);
  }
  account.scripts.set(name, {
    name,
    content: inputs.content,
    mainModule: inputs.mainModule,
    compatibilityDate: inputs.compatibilityDate,
    compatibilityFlags: inputs.compatibilityFlags ?? [],
    bindings,
    subdomainEnabled: account.scripts.get(name)?.subdomainEnabled ?? false,
  });
}
