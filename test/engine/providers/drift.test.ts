/**
 * The differences that a refresh finds after a change by hand, or because of values that the API
 * fills in. The stand-in providers must find the same differences as the real ones.
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

/** Makes names that no other test uses. */
let serial = 0;
const unique = (prefix: string) => `${prefix}-${serial++}`;

describe("the drift of a gateway", () => {
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

  it("is empty if every default is set, and the refresh changes neither inputs nor outputs", async () => {
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
  ])("contains %s after it was set to %j by hand", async (name, value) => {
    const made = await make();
    Object.assign(live(made), { [name]: value });
    expect(await provider.drift(made)).toEqual([name]);
  });

  it.each(["logpush", "zdr"] as const)("always contains %s if the program does not set it", async (name) => {
    const { [name]: _, ...rest } = INPUTS;
    expect(await provider.drift(await make(rest))).toEqual([name]);
  });

  it("never contains byokOnly if the program does not set it", async () => {
    const { byokOnly: _, ...rest } = INPUTS;
    const made = await make(rest);
    live(made).byokOnly = true;
    expect(await provider.drift(made)).toEqual([]);
  });

  it("is `gone` after the gateway was deleted", async () => {
    const made = await make();
    provider.account.gateways.delete(made.id);
    expect(await provider.drift(made)).toBe("gone");
    await expect(provider.delete(made)).rejects.toThrow(/failed to make http request: DELETE ".*": 404 Not Found \{/);
  });
});

describe("the drift of a script", () => {
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
    ["is empty without a change", () => ({}), []],
    ["contains changed content", () => ({ content: "export default 1" }), ["content"]],
    ["contains a changed compatibility date", () => ({ compatibilityDate: "2020-01-01" }), ["compatibilityDate"]],
    ["contains disabled logs", () => ({ observability: { ...OBSERVABILITY, enabled: false } }), ["observability"]],
    ["does not contain a changed plain text", ({ bindings }) => ({ bindings: bindings.with(0, plain("A", "b")) }), []],
    ["does not contain a removed plain text", ({ bindings }) => ({ bindings: bindings.slice(1) }), []],
    ["contains an added plain text", ({ bindings }) => ({ bindings: [...bindings, plain("B", "b")] }), ["bindings"]],
    [
      "does not contain a changed rate limit",
      ({ bindings }) => ({ bindings: bindings.with(1, rateLimit("R", 2)) }),
      [],
    ],
    ["does not contain a removed rate limit", ({ bindings }) => ({ bindings: bindings.toSpliced(1, 1) }), []],
    ["contains an added rate limit", ({ bindings }) => ({ bindings: [...bindings, rateLimit("R2", 2)] }), ["bindings"]],
    ["contains a removed secret", ({ bindings }) => ({ bindings: bindings.slice(0, 2) }), ["bindings"]],
    ["does not contain an added secret", ({ bindings }) => ({ bindings: [...bindings, secret("T", "t")] }), []],
    ["does not contain a changed secret", ({ bindings }) => ({ bindings: bindings.with(2, secret("S", "x")) }), []],
    ["does not contain another order of bindings", ({ bindings }) => ({ bindings: bindings.toReversed() }), []],
    [
      "does not contain settings that the program does not set",
      () => ({ logpush: true, usageModel: "bundled", limits: { cpuMs: 1 } }),
      [],
    ],
  ])("%s", async (_what, change, seen) => {
    const made = await make();
    const script = provider.account.scripts.get(made.id);
    if (script) Object.assign(script, change(script));
    expect(await provider.drift(made)).toEqual(seen);
  });

  it("always contains observability if the program sets only a part of it", async () => {
    expect(await provider.drift(await make({ observability: { enabled: true } }))).toEqual(["observability"]);
    expect(await provider.drift(await make({ observability: undefined }))).toEqual([]);
  });

  it("contains a disabled address, and is `gone` for a removed hostname and for a removed script", async () => {
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

describe("the drift of an account token", () => {
  const resources = JSON.stringify({ [`com.cloudflare.api.account.${ACCOUNT_ID}`]: "*" });
  const policy = { effect: "allow", permissionGroups: [{ id: "644535f4ed854494a59cb289d634b257" }], resources };
  const make = (policies: object[] = [policy]) =>
    provider.create(TOKEN_TYPE, { accountId: ACCOUNT_ID, name: "run", policies });

  it("contains changed policies and names, but not a disabled status, and is `gone` when expired", async () => {
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

  it("always contains policies if their resources are not compact JSON, and a refresh keeps the value", async () => {
    const made = await make([{ ...policy, resources: resources.replace(":", ": ") }]);
    expect(await provider.drift(made)).toEqual(["policies"]);
    expect((await provider.refresh(made))?.outputs.value).toEqual(made.outputs.value);
  });
});

describe("the drift of an Access application", () => {
  it("contains changed and added settings", async () => {
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

describe("the drift of Google's resources", () => {
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

  it("is empty for accounts, keys and grants without a change", async () => {
    for (const made of [account, key, member]) {
      expect(await provider.drift(made), made.type).toEqual([]);
      expect((await provider.refresh(made))?.inputs, made.type).toEqual(made.inputs);
    }
  });

  it("contains a changed account name, and is `gone` for removed keys and grants", async () => {
    const live = provider.project.serviceAccounts.get(account.outputs.email);
    if (!live) throw new Error("no account");
    live.displayName = "y";
    expect(await provider.drift(account)).toEqual(["displayName"]);
    live.keys.clear();
    expect(await provider.drift(key)).toBe("gone");
    provider.project.policy.clear();
    expect(await provider.drift(member)).toBe("gone");
  });

  it("is `gone` for a deleted account and for its keys and grants", async () => {
    await provider.delete(account);
    for (const made of [account, key, member]) expect(await provider.drift(made), made.type).toBe("gone");
    const members = [...(provider.project.policy.get("roles/aiplatform.user") ?? [])];
    expect(members).toContainEqual(
      expect.stringMatching(`^deleted:serviceAccount:${account.outputs.email}\\?uid=\\d+$`),
    );
  });

  it("contains changed permissions of a role, but neither their order nor the deletion of the role", async () => {
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

  it("contains changes of pools and providers, compares keys as JSON, and is `gone` after a deletion", async () => {
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
