/**
 * What the clouds refuse, in the real providers' own words: an `up` ends at once, says what to do about it, and doing that heals
 * the stack.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LocalCloud } from "../../local/cloud/index.ts";
import { newGateway } from "../../local/state/index.ts";
import { REQUIRED, settings } from "../engine/engine.ts";
import { Deployment, NAME } from "./deployment.ts";
import { describeReal } from "./installed.ts";

/** The provider would try for three minutes; what Google has begun is waited for, 11 seconds at most. */
const AT_ONCE_MS = 60_000;

describeReal("real providers, what a cloud refuses", () => {
  let deployment: Deployment;
  let before: string[];

  beforeAll(async () => {
    deployment = await Deployment.start();
    before = deployment.inventory();
  });
  afterAll(() => deployment?.stop());

  it("tells what to do about a Cloudflare token that is no good", async () => {
    const { account, cloudflareToken } = deployment;
    deployment.cloudflareToken = "x".repeat(cloudflareToken.length);
    const refused = await deployment.up(...settings(REQUIRED));
    deployment.cloudflareToken = cloudflareToken;
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("The deployer's Cloudflare token lacks a permission, or was revoked");
    expect([account.gateways.size, account.scripts.size, account.tokens.size]).toEqual([0, 0, 0]);
  });

  it("leaves a stranger's gateway alone, and says so long before the provider would give up", async () => {
    const { gateways } = deployment.account;
    gateways.set(NAME, newGateway(NAME, { rateLimitingLimit: 7 }));
    const startedAtMs = performance.now();
    const refused = await deployment.up();
    expect(performance.now() - startedAtMs).toBeLessThan(AT_ONCE_MS);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain(`The gateway ${NAME} is in this account already, and not in this stack's state.`);
    expect(gateways.get(NAME)?.rateLimitingLimit).toBe(7);
    gateways.delete(NAME);
  });

  it("tells an organisation that forbids keys the switch", async () => {
    deployment.project.keyCreationDisabled = true;
    const refused = await deployment.up();
    deployment.project.keyCreationDisabled = false;
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("pulumi config set googleAuth workloadIdentity");
    const destroy = await deployment.run("destroy", "--yes", "--skip-preview");
    expect(destroy.exitCode, destroy.output).toBe(0);
  });

  it("takes over what was made though the answer was lost", async () => {
    const adopt: string[] = [];
    for (const [path, adoptable] of [
      ["/ai-gateway/gateways", "gateway"],
      ["/serviceAccounts", "serviceAccount"],
    ] as const) {
      loseAnswer(deployment.cloud, path);
      const refused = await deployment.up(...settings({ adopt }));
      expect(refused.exitCode).not.toBe(0);
      adopt.push(adoptable);
      expect(refused.output).toContain(`pulumi config set adopt '${JSON.stringify(adopt)}'`);
    }

    const healed = await deployment.up(...settings({ adopt }));
    expect(healed.exitCode, healed.output).toBe(0);
    await deployment.run("config", "rm", "adopt");
    const check = await deployment.run("preview", "--refresh", "--expect-no-changes", "--diff");
    expect(check.exitCode, check.output).toBe(0);
  });

  it("leaves nothing behind but what Google keeps", async () => {
    const destroy = await deployment.run("destroy", "--yes", "--skip-preview");
    expect(destroy.exitCode, destroy.output).toBe(0);
    expect(deployment.inventory()).toEqual(before);
  });
});

/** The connection breaks after the next POST to this path has taken effect. */
function loseAnswer(cloud: LocalCloud, path: string): void {
  cloud.onExchange = ({ method, path: asked, response }) => {
    if (method !== "POST" || !asked.endsWith(path)) return;
    cloud.onExchange = undefined;
    Object.assign(response, { writeHead: () => response.destroy() });
  };
}
