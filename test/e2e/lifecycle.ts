/**
 * A stack's life with the real providers, the same in each way to prove oneself to Google: made, served, left alone, changed,
 * changed behind its back, mended, gone. What a step is about is told by operation and type, never by the CLI's text.
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
  /** What the change takes, sorted. */
  changedSteps: readonly string[];
  /** Done to the clouds by somebody else. */
  tamper(deployment: Deployment): void;
  /** What mends it, sorted. */
  mendingSteps: readonly string[];
}

export const ZONE_ID = "0123456789abcdef0123456789abcdef";
const ZONE = "example.com";
const SERVED = ["anthropic", "vertex/us-east5"];

export function describeLife({ name, created, changed, changedSteps, tamper, mendingSteps }: Life): void {
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

    it("makes a stack that serves, and fails over", async () => {
      const grantedAtUpload: boolean[] = [];
      deployment.cloud.onExchange = ({ method, path }) => {
        const isUpload = method === "PUT" && path.endsWith(`/workers/scripts/${NAME}`);
        if (isUpload) grantedAtUpload.push(deployment.project.policy.size > 1);
      };
      const up = await deployment.up(...settings({ ...REQUIRED, ...created }));
      deployment.cloud.onExchange = undefined;
      expect(up.exitCode, up.output).toBe(0);
      // Beside the owner's: what the Worker is given must be good for something when it arrives.
      expect(grantedAtUpload).toEqual([true]);
      worker = await UploadedWorker.of(deployment.cloud, () => deployment.script);
      firstToken = (await deployment.clientTokens()).default;
      expect(await worker.servedBy(firstToken)).toEqual(SERVED);
    });

    it("finds nothing to do in what it has made", async () => {
      const up = await deployment.up("--expect-no-changes");
      expect(up.exitCode, up.output).toBe(0);
      await expectNothingToDo();
    });

    it("changes what a new configuration is about, and nothing else", async () => {
      expect(await deployment.plannedSteps(...settings(changed))).toEqual(changedSteps);
      const up = await deployment.up(...settings(changed));
      expect(up.exitCode, up.output).toBe(0);
    });

    it("serves old and new tokens after the change, and has nothing left to do", async () => {
      const tokens = Object.values(await deployment.clientTokens());
      for (const token of [firstToken, ...tokens]) expect(await worker.servedBy(token)).toEqual(SERVED);
      await expectNothingToDo();
    });

    it("sees what was changed behind its back, and mends it", async () => {
      tamper(deployment);
      expect(await deployment.plannedSteps("--refresh")).toEqual(mendingSteps);
      const up = await deployment.up("--refresh");
      expect(up.exitCode, up.output).toBe(0);
      expect(await worker.servedBy(firstToken)).toEqual(SERVED);
    });

    it("leaves nothing behind but what Google keeps", async () => {
      const destroy = await deployment.run("destroy", "--yes", "--skip-preview");
      expect(destroy.exitCode, destroy.output).toBe(0);
      expect(deployment.inventory()).toEqual(before);
    });

    async function expectNothingToDo(): Promise<void> {
      const check = await deployment.run("preview", "--refresh", "--expect-no-changes", "--diff");
      expect(check.exitCode, check.output).toBe(0);
    }
  });
}
