/**
 * Refusals by the clouds, with the texts of the real providers. An `up` ends soon and says what to
 * do. Following the advice repairs the stack.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LocalCloud } from "../../local/cloud/index.ts";
import { newGateway } from "../../local/state/index.ts";
import { REQUIRED, settings } from "../engine/engine.ts";
import { Deployment, NAME } from "./deployment.ts";
import { describeReal } from "./installed.ts";

/**
 * The provider would retry for three minutes. Google's running operations take up to 11 seconds.
 */
const SOON_MS = 60_000;

describeReal("real providers, when a cloud refuses", () => {
  let deployment: Deployment;
  let before: string[];

  beforeAll(async () => {
    deployment = await Deployment.start();
    before = deployment.inventory();
  });
  afterAll(() => deployment?.stop());

  it("an invalid Cloudflare token, `up` names the reason and creates nothing", async () => {
    const { account, cloudflareToken } = deployment;
    deployment.cloudflareToken = "x".repeat(cloudflareToken.length);
    const refused = await deployment.up(...settings(REQUIRED));
    deployment.cloudflareToken = cloudflareToken;
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("The deployer's Cloudflare token lacks a permission, or was revoked");
    expect([account.gateways.size, account.scripts.size, account.tokens.size]).toEqual([0, 0, 0]);
  });

  it("a gateway with a taken name, `up` leaves the other gateway alone and ends soon", async () => {
    const { gateways } = deployment.account;
    gateways.set(NAME, newGateway(NAME, { rateLimitingLimit: 7 }));
    const startedAtMs = performance.now();
    const refused = await deployment.up();
    expect(performance.now() - startedAtMs).toBeLessThan(SOON_MS);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain(`The gateway ${NAME} is in this account already, and not in this stack's state.`);
    expect(gateways.get(NAME)?.rateLimitingLimit).toBe(7);
    gateways.delete(NAME);
  });

  it("a service account key, `up` names the setting that avoids keys", async () => {
    deployment.project.keyCreationDisabled = true;
    const refused = await deployment.up();
    deployment.project.keyCreationDisabled = false;
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("pulumi config set googleAuth workloadIdentity");
    const destroy = await deployment.run("destroy", "--yes", "--skip-preview");
    expect(destroy.exitCode, destroy.output).toBe(0);
  });

  it("a resource that exists because an answer was lost, `up` names the setting that adopts it", async () => {
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

  it("some steps, `destroy` still leaves nothing behind except for what Google keeps", async () => {
    const destroy = await deployment.run("destroy", "--yes", "--skip-preview");
    expect(destroy.exitCode, destroy.output).toBe(0);
    expect(deployment.inventory()).toEqual(before);
  });
});

/** Breaks the connection after the next POST to this path has taken effect. */
function loseAnswer(cloud: LocalCloud, path: string): void {
  cloud.onExchange = ({ method, path: asked, response }) => {
    if (method !== "POST" || !asked.endsWith(path)) return;
    cloud.onExchange = undefined;
    Object.assign(response, { writeHead: () => response.destroy() });
  };
}
