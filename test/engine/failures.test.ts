/**
 * Every create, update and delete fails once, each in its own run. The run says what to do, and
 * following the advice repairs the stack. An operation fails either before its effect, or after its
 * effect because its answer is lost.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { followAdvice } from "./advice.ts";
import { describeEngine, Engine, REQUIRED, settings } from "./engine.ts";
import { inventory } from "./inventory.ts";
import { operationName, type Verdict } from "./providers/operations.ts";
import type { Run } from "./pulumi-cli.ts";
import { UploadedWorker } from "./uploaded-worker.ts";

const ZONE_ID = "0123456789abcdef0123456789abcdef";
/** All kinds of resources that a stack can have. */
const FULL = {
  ...REQUIRED,
  googleAuth: "workloadIdentity",
  googleImpersonation: true,
  googleRole: "predictOnly",
  domain: { hostname: "claude.example.com", zoneId: ZONE_ID },
  access: { emailDomains: ["example.com"] },
};
/**
 * Changes one resource of each kind that can be changed in place, and rotates the minted secrets.
 */
const CHANGED = {
  rateLimit: { requests: 60, intervalSeconds: 60 },
  rotation: { gatewayToken: { epoch: 2 }, google: { epoch: 2 } },
  access: { emailDomains: ["example.org"] },
};
/** More than the number of operations in any phase. */
const MAX_RUNS = 40;

const VERDICTS: readonly [verdict: Verdict, when: string][] = [
  ["fail", "before its effect"],
  ["lose answer", "after its effect"],
];

for (const [verdict, when] of VERDICTS) describeEngine(`with operations that fail ${when}`, () => suite(verdict));

function suite(verdict: Verdict): void {
  let engine: Engine;
  /** Options of the CLI for the next run. */
  const replaced: string[] = [];

  beforeAll(async () => {
    engine = await Engine.start();
    engine.account.zones.set(ZONE_ID, "example.com");
    await engine.addStack("one");
  });
  afterAll(() => engine?.stop());

  /**
   * Runs until a run succeeds. In each run, the first operation that has not failed before fails.
   * @returns the failed operations
   */
  async function failInTurn(run: (...options: string[]) => Promise<Run>): Promise<string[]> {
    const failed = new Set<string>();
    for (let runs = 0; runs < MAX_RUNS; runs++) {
      let hit: string | undefined;
      engine.operations.onOperation = (operation): Verdict => {
        const name = operationName(operation);
        if (operation.kind === "read" || hit !== undefined || failed.has(name)) return "proceed";
        hit = name;
        failed.add(name);
        return verdict;
      };
      const { exitCode, output } = await run("--parallel", "1", ...replaced.splice(0));
      engine.operations.onOperation = undefined;
      if (exitCode === 0) return [...failed];
      const advice = await followAdvice(engine, "one", output);
      replaced.push(...advice.options);
      expect(hit ?? advice.isGiven, `${output}\n(after: ${[...failed].join(", ")})`).toBeTruthy();
    }
    throw new Error(`it never succeeded; failed: ${[...failed].join(", ")}`);
  }

  it("`up` creates the stack after all of them", { timeout: 600_000 }, async () => {
    const failed = await failInTurn((...options) => engine.up("one", "--skip-preview", ...options, ...settings(FULL)));
    expect(failed.length).toBeGreaterThan(15);
    const worker = await UploadedWorker.of(engine.cloud, () => engine.scriptOf("one"));
    const token = (await engine.clientTokens("one")).default ?? "";
    expect(await worker.servedBy(token)).toEqual(["anthropic", "vertex/us-east5"]);
    await worker.stop();
  });

  it("`up` updates the stack after all of them", { timeout: 600_000 }, async () => {
    const failed = await failInTurn((...options) =>
      engine.up("one", "--skip-preview", ...options, ...settings(CHANGED)),
    );
    expect(failed.filter((name) => name.startsWith("update")).length).toBeGreaterThan(3);
  });

  it("`destroy` deletes the stack after all of them", { timeout: 600_000 }, async () => {
    const failed = await failInTurn((...options) => engine.destroy("one", "--run-program", ...options));
    expect(failed.length).toBeGreaterThan(15);
    expect(inventory(engine.account, engine.project)).toEqual([]);
  });
}
