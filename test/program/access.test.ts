/**
 * Cloudflare Access at the Worker's addresses, with the whole program on the local cloud: an
 * address without Access never serves while Access is meant to be on.
 */
import { describe, expect, it, onTestFinished } from "vitest";
import { ACCOUNT_ID, Sandbox } from "../../local/sandbox/index.ts";
import { workerId } from "../../local/state/index.ts";
import { post, QUESTION } from "../support/sandbox.ts";

const MACHINES = { access: { serviceTokenIds: ["f174e90a-fafe-4643-bbbc-4a0ed4fc8415"] } };
const SERVICE_TOKEN = { "cf-access-client-id": "id.access", "cf-access-client-secret": "secret" };
const ZONE_ID = "0123456789abcdef0123456789abcdef";
const DOMAIN = { domain: { hostname: "claude.example.com", zoneId: ZONE_ID } };

async function up(config: Readonly<Record<string, unknown>>): Promise<Sandbox> {
  const stack = await Sandbox.up({ config, isUpdatable: true });
  onTestFinished(() => stack.down());
  return stack;
}

const applicationsOf = ({ cloud }: Sandbox) => [
  ...(cloud.context.state.accounts.get(ACCOUNT_ID)?.accessApplications.values() ?? []),
];

describe("Access without a domain", () => {
  it("protects the Worker, whose id is looked up", async () => {
    const stack = await up(MACHINES);

    expect(applicationsOf(stack).map(({ settings }) => settings)).toEqual([
      expect.objectContaining({
        name: stack.script.name,
        destinations: [{ type: "worker", workerId: workerId(stack.script) }],
        serviceAuth401Redirect: true,
      }),
    ]);
    expect(applicationsOf(stack)[0]?.settings).not.toHaveProperty("domain");
    expect(stack.script).toMatchObject({ subdomainEnabled: true });
  });

  it("refuses a request without a service token at workers.dev, and serves one with it", async () => {
    const stack = await up(MACHINES);

    const refused = await post(stack, JSON.stringify(QUESTION));
    const served = await post(stack, JSON.stringify(QUESTION), SERVICE_TOKEN);

    expect([refused.status, served.status]).toEqual([401, 200]);
    expect(refused.headers.get("x-failover-version")).toBeNull();
    expect(await served.json()).toMatchObject({ type: "message" });
  });

  it("lets no machine pass if only people may", async () => {
    const stack = await up({ access: { emails: ["you@example.com"] } });

    expect((await post(stack, JSON.stringify(QUESTION), SERVICE_TOKEN)).status).toBe(401);
  });
});

describe("a change behind Access", () => {
  it("protects each address, and the local address follows at once", async () => {
    const stack = await up({});
    stack.script.account.zones.set(ZONE_ID, "example.com");
    const seen = async (settings: Readonly<Record<string, unknown>>) => {
      for (const [key, value] of Object.entries(settings)) stack.stack.set(key, value);
      await stack.update();
      // An open connection would stay with the Worker before the change.
      const { status } = await post(stack, JSON.stringify(QUESTION), { connection: "close" });
      return [status, ...applicationsOf(stack).map(({ settings: { domain } }) => domain ?? "the Worker")].sort();
    };

    expect(await seen({})).toEqual([200]);
    expect(await seen(MACHINES)).toEqual([401, "the Worker"]);
    expect(await seen(DOMAIN)).toEqual([401, "claude.example.com"]);
    expect(await seen({ workersDev: "keep" })).toEqual([401, "claude.example.com", "the Worker"]);
    expect(await seen({ domain: undefined, workersDev: undefined })).toEqual([401, "the Worker"]);
    expect(await seen({ access: undefined })).toEqual([200]);
  });
});
