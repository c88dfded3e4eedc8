/**
 * Tests the refusals of Cloudflare's resources, with its provider's texts, and when a script has an
 * address.
 */
import { beforeEach, describe, expect, it } from "vitest";
import {
  accessAt,
  addAccount,
  type CloudflareAccount,
  type CloudState,
  emptyState,
  isServed,
  workerId,
} from "../../state/index.ts";
import { RESOURCES } from "../index.ts";
import { providerText } from "../provider-errors.ts";
import { CloudError, type Inputs } from "../resource-type.ts";

const ACCOUNT_ID = "10ca1c10d00000000000000000000000";
const PROVIDER = { apiToken: "deploy-token" };
const GATEWAY = "cloudflare:index/aiGateway:AiGateway";
const SCRIPT = "cloudflare:index/workersScript:WorkersScript";
const DOMAIN = "cloudflare:index/workersCustomDomain:WorkersCustomDomain";
const ACCESS = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication";

const GATEWAY_INPUTS = {
  accountId: ACCOUNT_ID,
  aiGatewayId: "gateway",
  cacheTtl: 0,
  rateLimitingInterval: 0,
  rateLimitingLimit: 0,
};
const SCRIPT_INPUTS = {
  accountId: ACCOUNT_ID,
  scriptName: "worker",
  content: "export default {}",
  mainModule: "index.js",
};
const DOMAIN_INPUTS = { accountId: ACCOUNT_ID, hostname: "claude.example.com", service: "worker", zoneId: "zone" };
const POLICY = { name: "people", decision: "allow", precedence: 1, includes: [{ emailDomain: { domain: "x.com" } }] };
const ACCESS_INPUTS = { accountId: ACCOUNT_ID, name: "claude", type: "self_hosted", domain: "claude.example.com" };

let state: CloudState;
let account: CloudflareAccount;
beforeEach(() => {
  state = emptyState();
  account = addAccount(state, ACCOUNT_ID, "acme");
  account.deployTokens.add(PROVIDER.apiToken);
  account.zones.set("zone", "example.com");
});

const resourceTypeOf = (type: string) => {
  const resourceType = RESOURCES[type];
  if (!resourceType) throw new Error(`no resource ${type}`);
  return resourceType;
};
const make = async (type: string, inputs: Inputs) => resourceTypeOf(type).create(state, inputs, PROVIDER);
const refusalOf = async (type: string, inputs: Inputs) =>
  make(type, inputs).then(
    () => "accepted",
    (error: unknown) =>
      error instanceof CloudError
        ? providerText(error, resourceTypeOf(type).request?.("create", inputs, ""))
        : String(error),
  );

describe("a gateway", () => {
  it("with an existing id is refused with the provider's conflict text", async () => {
    await make(GATEWAY, GATEWAY_INPUTS);
    expect(await refusalOf(GATEWAY, GATEWAY_INPUTS)).toBe(
      "failed to make http request: POST " +
        `"https://api.cloudflare.com/client/v4/accounts/${ACCOUNT_ID}/ai-gateway/gateways": 409 Conflict ` +
        '{"success":false,"errors":[{"code":7001,"message":"the gateway gateway exists already"}],' +
        '"messages":[],"result":null}',
    );
  });

  it("gets the API's defaults for settings that are left out", async () => {
    await make(GATEWAY, { ...GATEWAY_INPUTS, rateLimitingLimit: 7, zdr: true });
    expect(account.gateways.get("gateway")).toMatchObject({
      rateLimitingLimit: 7,
      zdr: true,
      logpush: false,
      otels: [],
    });
    resourceTypeOf(GATEWAY).update(state, "gateway", { ...GATEWAY_INPUTS, logpush: true });
    expect(account.gateways.get("gateway")).toMatchObject({ rateLimitingLimit: 0, zdr: false, logpush: true });
  });
});

describe("a custom domain", () => {
  beforeEach(() => make(SCRIPT, SCRIPT_INPUTS));

  it("serves a script that is off on workers.dev", async () => {
    const script = account.scripts.get("worker");
    if (!script) throw new Error("no script");
    expect(isServed(script)).toBe(false);
    const { id, outputs } = await make(DOMAIN, DOMAIN_INPUTS);
    expect(isServed(script)).toBe(true);
    expect(outputs).toMatchObject({ zoneId: "zone", zoneName: "example.com", environment: "production" });
    resourceTypeOf(DOMAIN).delete(state, id, DOMAIN_INPUTS);
    expect(isServed(script)).toBe(false);
  });

  it.each<[string, Inputs, RegExp]>([
    ["a hostname outside of the zone", { hostname: "claude.example.org" }, /10083/],
    ["a hostname that only shares the zone's ending", { hostname: "badexample.com" }, /10083/],
    ["a zone of another account", { zoneId: "other" }, /10083/],
    ["a hostname in no zone", { hostname: "claude.example.org", zoneId: undefined }, /10082/],
    ["a missing script", { service: "other" }, /404 Not Found .*10007/],
  ])("refuses %s", async (_what, wrong, message) => {
    expect(await refusalOf(DOMAIN, { ...DOMAIN_INPUTS, ...wrong })).toMatch(message);
  });

  it("finds its zone by hostname or zone name", async () => {
    expect((await make(DOMAIN, { ...DOMAIN_INPUTS, zoneId: undefined })).outputs.zoneId).toBe("zone");
    const byName = { ...DOMAIN_INPUTS, zoneId: undefined, zoneName: "example.com" };
    expect((await make(DOMAIN, byName)).outputs.zoneId).toBe("zone");
    expect(account.customDomains.size).toBe(1);
  });
});

describe("an Access application for a Worker", () => {
  const { domain: _, ...WORKER_INPUTS } = ACCESS_INPUTS;
  const inputsFor = (workerIds: readonly string[]) => ({
    ...WORKER_INPUTS,
    policies: [POLICY],
    destinations: workerIds.map((id) => ({ type: "worker", workerId: id })),
  });
  const madeWorker = async () => {
    await make(SCRIPT, SCRIPT_INPUTS);
    const script = account.scripts.get("worker");
    if (!script) throw new Error("no script");
    return script;
  };

  it("protects the script at each of its names, unless an application for the hostname comes first", async () => {
    const script = await madeWorker();
    const { id } = await make(ACCESS, inputsFor([workerId(script)]));
    const { id: ofHostname } = await make(ACCESS, { ...ACCESS_INPUTS, policies: [POLICY] });

    expect(accessAt(account, "worker.acme.workers.dev", script)?.id).toBe(id);
    expect(accessAt(account, "claude.example.com", script)?.id).toBe(ofHostname);
  });

  it("needs a Worker that exists and that no other application protects", async () => {
    const script = await madeWorker();

    expect(await refusalOf(ACCESS, inputsFor(["f".repeat(32)]))).toMatch(/no Worker has the id/);
    await make(ACCESS, inputsFor([workerId(script)]));
    expect(await refusalOf(ACCESS, inputsFor([workerId(script)]))).toMatch(/protects this Worker already/);
  });

  it("no longer protects a Worker that was deleted and created again", async () => {
    const script = await madeWorker();
    await make(ACCESS, inputsFor([workerId(script)]));
    const again = { ...script, createdOn: "2030-01-01T00:00:00.000Z" };

    expect(accessAt(account, "worker.acme.workers.dev", again)).toBeUndefined();
  });
});

describe("an Access application", () => {
  it.each<[string, Inputs, RegExp]>([
    ["a domain in another account's zone", { domain: "claude.example.org" }, /none of the account's zones/],
    ["a type it does not know", { type: "saas" }, /saas/],
    ["two policies with the same precedence", { policies: [POLICY, POLICY] }, /precedence/],
    ["a policy that includes nobody", { policies: [{ ...POLICY, includes: [] }] }, /includes nobody/],
  ])("refuses %s", async (_what, wrong, message) => {
    expect(await refusalOf(ACCESS, { ...ACCESS_INPUTS, policies: [POLICY], ...wrong })).toMatch(message);
  });

  it("has its own audience", async () => {
    const one = await make(ACCESS, { ...ACCESS_INPUTS, policies: [POLICY] });
    const other = await make(ACCESS, { ...ACCESS_INPUTS, policies: [POLICY] });
    expect(one.outputs.aud).not.toBe(other.outputs.aud);
    expect(account.accessApplications.get(one.id)?.settings).toMatchObject({ domain: "claude.example.com" });
  });
});
