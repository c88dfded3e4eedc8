/**
 * What a refresh makes of a change that somebody made in a console, and of what an API fills in: seen where the real providers
 * see it, and not seen where they do not.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { UNKNOWN } from "../../../local/resources/provider-values.ts";
import type { Inputs } from "../../../local/resources/resource-type.ts";
import type { Gateway, Script, ScriptBinding } from "../../../local/state/index.ts";
import { ACCOUNT_ID, GATEWAY_SETTINGS, type Made, PROJECT_ID, useProvider } from "./test-provider.ts";

const provider = useProvider();

const GATEWAY_TYPE = "cloudflare:index/aiGateway:AiGateway";
const SCRIPT_TYPE = "cloudflare:index/workersScript:WorkersScript";
const SUBDOMAIN_TYPE = "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain";
const DOMAIN_TYPE = "cloudflare:index/workersCustomDomain:WorkersCustomDomain";
const ACCESS_TYPE = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication";
const TOKEN_TYPE = "cloudflare:index/accountToken:AccountToken";
const ACCOUNT_TYPE = "gcp:serviceaccount/account:Account";
const KEY_TYPE = "gcp:serviceaccount/key:Key";
const ROLE_TYPE = "gcp:projects/iAMCustomRole:IAMCustomRole";
const MEMBER_TYPE = "gcp:projects/iAMMember:IAMMember";
const POOL_TYPE = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool";
const PROVIDER_TYPE = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider";

/** Names that no other test has taken. */
let serial = 0;
const unique = (prefix: string) => `${prefix}-${serial++}`;

describe("of a gateway", () => {
  const INPUTS = {
    accountId: ACCOUNT_ID,
    ...GATEWAY_SETTINGS,
  };
  const make = async (inputs: Inputs = INPUTS) => {
    provider.account.gateways.clear();
    return provider.create(GATEWAY_TYPE, { ...inputs, aiGatewayId: unique("gateway") });
  };
  const live = ({ id }: Made): Gateway => {
    const found = provider.account.gateways.get(id);
    if (!found) throw new Error(`no gateway ${id}`);
    return found;
  };

  it("nothing where every default is given, and nothing new to show", async () => {
    const made = await make();
    expect(await provider.drift(made)).toEqual([]);
    expect(await provider.refresh(made)).toMatchObject({ inputs: made.inputs, outputs: made.outputs });
  });

  it.each<[keyof Gateway, unknown]>([
    ["authentication", false],
    ["byokOnly", false],
    ["collectLogs", false],
    ["logManagement", 20_000],
    ["rateLimitingLimit", 7],
    ["logpush", true],
    ["zdr", true],
    ["otels", [{ url: "https://example.com", headers: {}, contentType: "json" }]],
    ["spendLimits", { enabled: true, rules: [] }],
    ["workersAiBillingMode", "unified"],
    ["dlp", { enabled: false }],
    ["retryMaxAttempts", 1],
    ["storeId", "abc"],
  ])("%s, turned to %j by hand", async (name, value) => {
    const made = await make();
    Object.assign(live(made), { [name]: value });
    expect(await provider.drift(made)).toEqual([name]);
  });

  it.each(["logpush", "zdr"] as const)("a difference for ever where %s is left out", async (name) => {
    const { [name]: _, ...rest } = INPUTS;
    expect(await provider.drift(await make(rest))).toEqual([name]);
  });

  it("nothing where byokOnly is left out, whatever it is", async () => {
    const { byokOnly: _, ...rest } = INPUTS;
    const made = await make(rest);
    live(made).byokOnly = true;
    expect(await provider.drift(made)).toEqual([]);
  });

  it("that it is gone", async () => {
    const made = await make();
    provider.account.gateways.delete(made.id);
    expect(await provider.drift(made)).toBe("gone");
    await expect(provider.delete(made)).rejects.toThrow(/failed to make http request: DELETE ".*": 404 Not Found \{/);
  });
});

describe("of a script", () => {
  const OBSERVABILITY = {
    enabled: true,
    headSamplingRate: 1,
    logs: { enabled: true, headSamplingRate: 1, invocationLogs: false, persist: true },
    traces: { enabled: false, headSamplingRate: 1, persist: true },
  };
  const plain = (name: string, text: string): ScriptBinding => ({ name, type: "plain_text", text });
  const secret = (name: string, text: string): ScriptBinding => ({ name, type: "secret_text", text });
  const rateLimit = (name: string, limit: number): ScriptBinding => {
    return { name, type: "ratelimit", namespaceId: "1001", simple: { limit, period: 60 } };
  };
  const make = (more: Inputs = {}) =>
    provider.create(SCRIPT_TYPE, {
      accountId: ACCOUNT_ID,
      scriptName: unique("script"),
      content: "export default {}",
      mainModule: "index.js",
      compatibilityDate: "2026-07-30",
      bindings: [plain("A", "a"), rateLimit("R", 1), secret("S", "s")],
      observability: OBSERVABILITY,
      ...more,
    });

  it.each<[string, (script: Script) => Partial<Script>, readonly string[]]>([
    ["nothing where nobody did anything", () => ({}), []],
    ["other content", () => ({ content: "export default 1" }), ["content"]],
    ["another compatibility date", () => ({ compatibilityDate: "2020-01-01" }), ["compatibilityDate"]],
    ["no logs any more", () => ({ observability: { ...OBSERVABILITY, enabled: false } }), ["observability"]],
    ["not that a plain text is another", ({ bindings }) => ({ bindings: bindings.with(0, plain("A", "b")) }), []],
    ["not that a plain text is gone", ({ bindings }) => ({ bindings: bindings.slice(1) }), []],
    ["a plain text more", ({ bindings }) => ({ bindings: [...bindings, plain("B", "b")] }), ["bindings"]],
    ["not that a rate limit is another", ({ bindings }) => ({ bindings: bindings.with(1, rateLimit("R", 2)) }), []],
    ["not that a rate limit is gone", ({ bindings }) => ({ bindings: bindings.toSpliced(1, 1) }), []],
    ["a rate limit more", ({ bindings }) => ({ bindings: [...bindings, rateLimit("R2", 2)] }), ["bindings"]],
    ["a secret less", ({ bindings }) => ({ bindings: bindings.slice(0, 2) }), ["bindings"]],
    ["not a secret more", ({ bindings }) => ({ bindings: [...bindings, secret("T", "t")] }), []],
    ["not that a secret is another", ({ bindings }) => ({ bindings: bindings.with(2, secret("S", "x")) }), []],
    ["not another order", ({ bindings }) => ({ bindings: bindings.toReversed() }), []],
    ["nothing it was not told of", () => ({ logpush: true, usageModel: "bundled", limits: { cpuMs: 1 } }), []],
  ])("%s", async (_what, change, seen) => {
    const made = await make();
    const script = provider.account.scripts.get(made.id);
    if (script) Object.assign(script, change(script));
    expect(await provider.drift(made)).toEqual(seen);
  });

  it("a difference for ever where observability is given in part", async () => {
    expect(await provider.drift(await make({ observability: { enabled: true } }))).toEqual(["observability"]);
    expect(await provider.drift(await make({ observability: undefined }))).toEqual([]);
  });

  it("that its address was switched off, that a hostname is gone, and that the script is", async () => {
    const { inputs } = await make();
    const { scriptName } = inputs;
    provider.account.zones.set("z", "example.com");
    const address = { accountId: ACCOUNT_ID, scriptName, enabled: true, previewsEnabled: false };
    const subdomain = await provider.create(SUBDOMAIN_TYPE, address);
    const hostname = `${scriptName}.example.com`;
    const domain = await provider.create(DOMAIN_TYPE, {
      accountId: ACCOUNT_ID,
      hostname,
      service: scriptName,
      zoneId: "z",
    });
    const script = provider.account.scripts.get(scriptName);
    if (!script) throw new Error("no script");
    expect([await provider.drift(subdomain), await provider.drift(domain)]).toEqual([[], []]);
    script.subdomainEnabled = false;
    script.previewsEnabled = true;
    expect(await provider.drift(subdomain)).toEqual(["enabled", "previewsEnabled"]);
    provider.account.customDomains.clear();
    expect(await provider.drift(domain)).toBe("gone");
    provider.account.scripts.delete(scriptName);
    expect(await provider.drift(subdomain)).toBe("gone");
  });
});

describe("of an account token", () => {
  const resources = JSON.stringify({ [`com.cloudflare.api.account.${ACCOUNT_ID}`]: "*" });
  const policy = { effect: "allow", permissionGroups: [{ id: "644535f4ed854494a59cb289d634b257" }], resources };
  const make = (policies: object[] = [policy]) =>
    provider.create(TOKEN_TYPE, { accountId: ACCOUNT_ID, name: "run", policies });

  it("other policies and another name, not that it is disabled; one that is expired is gone", async () => {
    const made = await make();
    expect(await provider.drift(made)).toEqual([]);
    const token = provider.account.tokens.get(made.id);
    if (!token) throw new Error("no token");
    token.status = "disabled";
    expect(await provider.drift(made)).toEqual([]);
    Object.assign(token, { name: "other", policies: [] });
    expect(await provider.drift(made)).toEqual(["name", "policies"]);
    token.status = "expired";
    expect(await provider.drift(made)).toBe("gone");
  });

  it("a difference for ever where the resources are no compact JSON; and it keeps the value", async () => {
    const made = await make([{ ...policy, resources: resources.replace(":", ": ") }]);
    expect(await provider.drift(made)).toEqual(["policies"]);
    expect((await provider.refresh(made))?.outputs.value).toEqual(made.outputs.value);
  });
});

describe("of an Access application", () => {
  it("what was changed, and what was added", async () => {
    provider.account.zones.set("z", "example.com");
    const made = await provider.create(ACCESS_TYPE, {
      accountId: ACCOUNT_ID,
      name: "app",
      type: "self_hosted",
      domain: "app.example.com",
      policies: [
        { name: "people", decision: "allow", precedence: 1, includes: [{ emailDomain: { domain: "x.com" } }] },
      ],
    });
    expect(made.outputs.aud).toMatch(/^[0-9a-f]{64}$/);
    expect(await provider.drift(made)).toEqual([]);
    const application = provider.account.accessApplications.get(made.id);
    if (application) application.settings = { ...application.settings, policies: [], sessionDuration: "1h" };
    expect(await provider.drift(made)).toEqual(["policies", "sessionDuration"]);
  });
});

describe("of Google's", () => {
  let account: Made;
  let key: Made;
  let member: Made;
  beforeEach(async () => {
    account = await provider.create(ACCOUNT_TYPE, {
      project: PROJECT_ID,
      accountId: unique("account"),
      displayName: "x",
    });
    key = await provider.create(KEY_TYPE, { serviceAccountId: account.outputs.name, keepers: { epoch: "1" } });
    const grant = { project: PROJECT_ID, role: "roles/aiplatform.user", member: account.outputs.member };
    member = await provider.create(MEMBER_TYPE, grant);
  });

  it("accounts, keys and grants nothing where nobody did anything", async () => {
    for (const made of [account, key, member]) {
      expect(await provider.drift(made), made.type).toEqual([]);
      expect((await provider.refresh(made))?.inputs, made.type).toEqual(made.inputs);
    }
  });

  it("accounts another name, keys and grants that they are gone", async () => {
    const live = provider.project.serviceAccounts.get(account.outputs.email);
    if (!live) throw new Error("no account");
    live.displayName = "y";
    expect(await provider.drift(account)).toEqual(["displayName"]);
    live.keys.clear();
    expect(await provider.drift(key)).toBe("gone");
    provider.project.policy.clear();
    expect(await provider.drift(member)).toBe("gone");
  });

  it("accounts that are gone, and with them their keys and grants, which name nobody any more", async () => {
    await provider.delete(account);
    for (const made of [account, key, member]) expect(await provider.drift(made), made.type).toBe("gone");
    const members = [...(provider.project.policy.get("roles/aiplatform.user") ?? [])];
    expect(members).toContainEqual(
      expect.stringMatching(`^deleted:serviceAccount:${account.outputs.email}\\?uid=\\d+$`),
    );
  });

  it("roles other permissions, not their order, nor that the role is deleted", async () => {
    const roleId = unique("role").replace("-", "_");
    const permissions = ["a.b.get", "a.b.list"];
    const made = await provider.create(ROLE_TYPE, { project: PROJECT_ID, roleId, title: "t", permissions });
    const role = provider.project.customRoles.get(roleId);
    if (!role) throw new Error("no role");
    role.permissions = new Set(["a.b.list", "a.b.get"]);
    expect(await provider.drift(made)).toEqual([]);
    role.permissions = new Set(["a.b.get"]);
    expect(await provider.drift(made)).toEqual(["permissions"]);
    role.permissions = new Set(permissions);
    role.deleted = true;
    expect(await provider.drift(made)).toEqual([]);
    expect((await provider.refresh(made))?.outputs.deleted).toBe(true);
  });

  it("pools and their providers what was changed, keys as JSON, and that they are deleted", async () => {
    const pool = { project: PROJECT_ID, workloadIdentityPoolId: unique("pool") };
    const jwk = { kty: "EC", crv: "P-256", x: "AA", y: "AA", kid: "k" };
    const jwksJson = JSON.stringify({ keys: [jwk] });
    const madePool = await provider.create(POOL_TYPE, pool);
    const madeProvider = await provider.create(PROVIDER_TYPE, {
      ...pool,
      workloadIdentityPoolProviderId: "worker",
      attributeMapping: { "google.subject": "assertion.sub" },
      oidc: { issuerUri: "https://worker.example.com", jwksJson },
    });
    const live = provider.project.pools.get(pool.workloadIdentityPoolId);
    const liveProvider = live?.providers.get("worker");
    if (!live || !liveProvider) throw new Error("no pool");
    expect([await provider.drift(madePool), await provider.drift(madeProvider)]).toEqual([[], []]);
    liveProvider.jwksJson = JSON.stringify({ keys: [jwk] }, null, 2);
    expect(await provider.drift(madeProvider)).toEqual([]);
    const toCome = { ...madeProvider.inputs, oidc: { ...madeProvider.inputs.oidc, jwksJson: UNKNOWN } };
    expect(await provider.changes(PROVIDER_TYPE, madeProvider, toCome)).toEqual(["oidc"]);
    liveProvider.displayName = "unasked";
    liveProvider.jwksJson = JSON.stringify({ keys: [{ ...jwk, kid: "other" }] });
    expect(await provider.drift(madeProvider)).toEqual(["displayName", "oidc"]);
    live.disabled = true;
    expect(await provider.drift(madePool)).toEqual(["disabled"]);
    await provider.delete(madePool);
    expect([await provider.drift(madePool), await provider.drift(madeProvider)]).toEqual(["gone", "gone"]);
  });
});
