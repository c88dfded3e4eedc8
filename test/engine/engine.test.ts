/**
 * The program as a team runs it: real `pulumi` commands, in the order of a stack's life. Steps are
 * compared by operation and type, not by the CLI's text.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { leaksIn } from "../support/leaks.ts";
import { describeEngine, Engine, REQUIRED, settings } from "./engine.ts";
import { UploadedWorker } from "./uploaded-worker.ts";

const GRANT = "gcp:projects/iAMMember:IAMMember claude-failover-vertex-user-aiplatform.user-claude-failover-one";
const NEW_PROJECT_STEPS = [
  `create ${GRANT}-another-project`,
  `delete ${GRANT}-local-project`,
  "replace gcp:projects/service:Service claude-failover-vertex-aiplatform",
  "replace gcp:projects/service:Service claude-failover-vertex-iam",
  "replace gcp:serviceaccount/account:Account claude-failover-vertex",
  "replace gcp:serviceaccount/key:Key claude-failover-vertex-key-1",
  "update cloudflare:index/workersScript:WorkersScript claude-failover-worker",
  "update pulumi:providers:gcp google",
];

describeEngine("a stack's life", () => {
  let engine: Engine;
  let created: string;

  beforeAll(async () => {
    engine = await Engine.start();
    await engine.addStack("one");
    const up = await engine.up("one", ...settings(REQUIRED));
    expect(up.exitCode, up.output).toBe(0);
    created = up.output;
  }, 60_000);
  afterAll(() => engine?.stop());

  it("`up` creates a stack that serves and fails over", async () => {
    expect(created).not.toContain("No failover for");
    expect(await servedBy("one")).toEqual(["anthropic", "vertex/us-east5"]);
    expect((await engine.outputs("one")).url).toBe("https://claude-failover-one.local.workers.dev");
  });

  it("a second stack can have its Cloudflare token in its configuration", async () => {
    await engine.addStack("two", { "cloudflare:apiToken": engine.cloudflareToken });
    const up = await engine.up("two", "--skip-preview", ...settings(REQUIRED));
    expect(up.exitCode, up.output).toBe(0);
    expect([...engine.account.scripts.keys()]).toEqual(["claude-failover-one", "claude-failover-two"]);
    expect(await servedBy("two")).toEqual(["anthropic", "vertex/us-east5"]);
  });

  it("a new client needs one token and one upload", async () => {
    expect(await engine.plannedSteps("one", ...settings({ clients: ["default", "second"] }))).toEqual([
      "create random:index/randomPassword:RandomPassword claude-failover-clients-second-1",
      "update cloudflare:index/workersScript:WorkersScript claude-failover-worker",
    ]);
    const up = await engine.up("one", "--skip-preview");
    expect(up.exitCode, up.output).toBe(0);
    expect(await servedBy("one", "second")).toEqual(["anthropic", "vertex/us-east5"]);
  });

  it("no secret is stored or printed as plain text", async () => {
    const secrets = { ...engine.secretsOf("one"), ...(await engine.clientTokens("one")) };
    const exported = await engine.run(["stack", "export", "--stack", "one"]);
    const places = {
      state: engine.stateFile("one"),
      export: exported.output,
      transcript: engine.transcript.join("\n"),
    };
    for (const [place, content] of Object.entries(places)) {
      expect(content.length, place).toBeGreaterThan(1_000);
      expect(leaksIn(content, secrets), place).toEqual([]);
    }
    expect(leaksIn(JSON.stringify(await engine.outputs("one")), secrets)).toContain("default");
  });

  it("another Google project needs a new identity, but no new gateway", async () => {
    const steps = await engine.plannedSteps("one", ...settings({ googleProject: "another-project" }));
    expect(steps).toEqual(NEW_PROJECT_STEPS);
  });

  it("a refresh finds no change, also with a new exported token of the deployer", async () => {
    engine.rotateCloudflareToken();
    const check = await engine.preview("one", "--refresh", "--expect-no-changes", ...settings(REQUIRED));
    expect(check.exitCode, check.output).toBe(0);
    expect(check.output).not.toContain("[diff:");
  });

  it("a new token in the configuration is used only with --run-program, and the other stack still serves", async () => {
    await engine.setSecrets("two", { "cloudflare:apiToken": engine.cloudflareToken });
    const withStatesToken = await engine.destroy("two");
    expect(withStatesToken.exitCode).not.toBe(0);
    expect(withStatesToken.output).toContain("403 Forbidden: 10000: Authentication error");
    const destroy = await engine.destroy("two", "--run-program");
    expect(destroy.exitCode, destroy.output).toBe(0);
    expect([...engine.account.scripts.keys()]).toEqual(["claude-failover-one"]);
    expect(await servedBy("one")).toEqual(["anthropic", "vertex/us-east5"]);
  });

  it("every fault of a configuration is printed with its repair, without a stack trace", async () => {
    const wrong = { vertexLocations: [], routing: "teleport", colour: "red" };
    const preview = await engine.preview("one", ...settings(wrong));
    expect(preview.exitCode).not.toBe(0);
    expect(preview.output).toContain(`vertexLocations: at least one Vertex location is needed: pulumi config set`);
    expect(preview.output).toMatch(/routing: .*: pulumi config set routing universal/);
    expect(preview.output).toContain("pulumi config rm colour");
    expect(preview.output).not.toMatch(/\n\s+at |\.ts:\d|UnhandledPromise/);
  });

  it("`destroy` leaves only enabled APIs behind, even with a wrong configuration", async () => {
    const destroy = await engine.destroy("one", "--remove");
    expect(destroy.exitCode, destroy.output).toBe(0);
    const { account, project } = engine;
    expect([account.gateways.size, account.scripts.size, account.tokens.size]).toEqual([0, 0, 0]);
    expect(project.serviceAccounts.size).toBe(0);
    expect([...project.policy.values()].flatMap((members) => [...members])).toEqual([]);
    expect(project.enabledServices).toContain("aiplatform.googleapis.com");
  });

  async function servedBy(stack: string, client = "default"): Promise<(string | null)[]> {
    const worker = await UploadedWorker.of(engine.cloud, () => engine.scriptOf(stack));
    try {
      return await worker.servedBy((await engine.clientTokens(stack))[client] ?? "");
    } finally {
      await worker.stop();
    }
  }
});
