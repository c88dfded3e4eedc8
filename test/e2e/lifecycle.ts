/**
 * Runs the life of a stack with the real providers, once for each way to authenticate to Google.
 * The stack is created and serves. The program changes it, somebody else changes it, and the
 * program repairs it. In the end it is destroyed. Steps are compared by operation and type, not by
 * the CLI's text.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { REQUIRED, settings } from "../engine/engine.ts";
import { UploadedWorker } from "../engine/uploaded-worker.ts";
import { Deployment, NAME } from "./deployment.ts";
import { describeReal } from "./installed.ts";

type Config = Readonly<Record<string, unknown>>;

export interface Life {
  name: string;
  created: Config;
  changed: Config;
  /** The steps of the change, sorted. */
  changedSteps: readonly string[];
  /** A change in the clouds by somebody else. */
  tamper(deployment: Deployment): void;
  /** The steps that repair it, sorted. */
  repairSteps: readonly string[];
}

export const ZONE_ID = "0123456789abcdef0123456789abcdef";
const ZONE = "example.com";
const SERVED = ["anthropic", "vertex/us-east5"];

export function describeLife({ name, created, changed, changedSteps, tamper, repairSteps }: Life): void {
  describeReal(`real providers, ${name}`, () => {
    let deployment: Deployment;
    let worker: UploadedWorker;
    let before: string[];
    let firstToken: string | undefined;

    beforeAll(async () => {
      deployment = await Deployment.start();
      deployment.account.zones.set(ZONE_ID, ZONE);
      before = deployment.inventory();
    });
    afterAll(async () => {
      await worker?.stop();
      await deployment?.stop();
    });

    it("creates a stack that serves and fails over", async () => {
      const grantedAtUpload: boolean[] = [];
      deployment.cloud.onExchange = ({ method, path }) => {
        const isUpload = method === "PUT" && path.endsWith(`/workers/scripts/${NAME}`);
        if (isUpload) grantedAtUpload.push(deployment.project.policy.size > 1);
      };
      const up = await deployment.up(...settings({ ...REQUIRED, ...created }));
      deployment.cloud.onExchange = undefined;
      expect(up.exitCode, up.output).toBe(0);
      // A second role beside the owner's shows that the grant exists before the Worker gets its
      // credential.
      expect(grantedAtUpload).toEqual([true]);
      worker = await UploadedWorker.of(deployment.cloud, () => deployment.script);
      firstToken = (await deployment.clientTokens()).default;
      expect(await worker.servedBy(firstToken)).toEqual(SERVED);
    });

    it("finds no change right after that", async () => {
      const up = await deployment.up("--expect-no-changes");
      expect(up.exitCode, up.output).toBe(0);
      await expectNoChange();
    });

    it("changes only the resources that a new configuration affects", async () => {
      expect(await deployment.plannedSteps(...settings(changed))).toEqual(changedSteps);
      const up = await deployment.up(...settings(changed));
      expect(up.exitCode, up.output).toBe(0);
    });

    it("accepts old and new tokens after the change, and finds no change", async () => {
      const tokens = Object.values(await deployment.clientTokens());
      for (const token of [firstToken, ...tokens]) expect(await worker.servedBy(token)).toEqual(SERVED);
      await expectNoChange();
    });

    it("detects and repairs changes by somebody else", async () => {
      tamper(deployment);
      expect(await deployment.plannedSteps("--refresh")).toEqual(repairSteps);
      const up = await deployment.up("--refresh");
      expect(up.exitCode, up.output).toBe(0);
      expect(await worker.servedBy(firstToken)).toEqual(SERVED);
    });

    it("`destroy` leaves nothing behind except for what Google keeps", async () => {
      const destroy = await deployment.run("destroy", "--yes", "--skip-preview");
      expect(destroy.exitCode, destroy.output).toBe(0);
      expect(deployment.inventory()).toEqual(before);
    });

    async function expectNoChange(): Promise<void> {
      const check = await deployment.run("preview", "--refresh", "--expect-no-changes", "--diff");
      expect(check.exitCode, check.output).toBe(0);
    }
  });
}
