/** `npm run leaks` after runs that were killed, under the real CLI. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { issueAccessToken } from "../../local/google-auth/token-endpoint.ts";
import { runOperator } from "../../scripts/testing/operator.ts";
import { describeEngine, Engine, REQUIRED, settings } from "./engine.ts";
import { inventory } from "./inventory.ts";

const CONFIRM = ["--delete", "--confirm", "claude-failover/one"];

describeEngine("leaks", () => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await Engine.start();
    const { state, user } = engine.cloud.context;
    engine.project.policy.set("roles/owner", new Set([user]));
    issued = issueAccessToken(state, user);
    await engine.addStack("one");
    const up = await engine.up("one", "--skip-preview", ...settings(REQUIRED));
    expect(up.exitCode, up.output).toBe(0);
  }, 60_000);
  afterEach(() => engine?.stop());

  let issued: string;
  async function leaks(...options: readonly string[]) {
    const at = (host: string) => `${engine.cloud.url}/${host}/v1/`;
    const environment = {
      ...engine.environment,
      GOOGLE_OAUTH_ACCESS_TOKEN: issued,
      GOOGLE_IAM_BETA_CUSTOM_ENDPOINT: at("iam.googleapis.com"),
      GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT: at("cloudresourcemanager.googleapis.com"),
    };
    return runOperator(["leaks", ...options, "--json"], { environment, folder: engine.folder });
  }

  /** Kills `destroy` when so many operations have had their effect. */
  async function destroyKilledAfter(operations: number): Promise<void> {
    let done = 0;
    let kill: ((signal: NodeJS.Signals) => void) | undefined;
    const ended = Promise.withResolvers<void>();
    engine.operations.onDone = async ({ kind }) => {
      if (kind === "read" || ++done < operations) return;
      kill?.("SIGKILL");
      await ended.promise;
    };
    await engine.run(["destroy", "--yes", "--skip-preview", "--stack", "one", "--parallel", "1"], (send) => {
      kill = send;
    });
    ended.resolve();
    engine.operations.onDone = undefined;
    await engine.run(["cancel", "--yes", "--stack", "one"]);
  }

  const left = () => inventory(engine.account, engine.project).filter((thing) => !thing.startsWith("roles/owner"));

  it.each([1, 4, 7])(
    "finds exactly what is left when destroy was killed after %i operations and the state is gone",
    async (operations) => {
      await destroyKilledAfter(operations);
      const held = await leaks("--stack", "one");
      await engine.run(["stack", "rm", "one", "--force", "--yes"]);
      const places = ["--account", REQUIRED.cloudflareAccountId, "--project", REQUIRED.googleProject, "--of", "one"];

      const found = await leaks(...places);
      const before = left();
      const deleted = await leaks(...places, ...CONFIRM);
      const after = await leaks(...places);

      // What the state holds is no leak.
      expect(held.report).toMatchObject({ leaks: [] });
      const names = JSON.stringify(found.report?.leaks);
      expect(before.filter((thing) => !names.includes(thing.split(" ").at(-1) ?? thing))).toEqual([]);
      expect([deleted.status, deleted.stderr]).toEqual([0, ""]);
      expect(left()).toEqual([]);
      expect(after.report).toMatchObject({ outcome: "none", leaks: [], unsure: [] });
    },
  );

  it("finds the run token that a killed up has lost, deletes it, and leaves the stack alone", async () => {
    await engine.set("one", "rotation", { gatewayToken: { epoch: 2 } });
    let kill: ((signal: NodeJS.Signals) => void) | undefined;
    const ended = Promise.withResolvers<void>();
    engine.operations.onDone = async ({ type }) => {
      if (!type.endsWith(":AccountToken")) return;
      kill?.("SIGKILL");
      await ended.promise;
    };
    await engine.run(["up", "--yes", "--skip-preview", "--stack", "one", "--parallel", "1"], (send) => {
      kill = send;
    });
    ended.resolve();
    engine.operations.onDone = undefined;
    await engine.run(["cancel", "--yes", "--stack", "one"]);
    expect(engine.account.tokens.size).toBe(2);

    const found = await leaks("--stack", "one");
    const deleted = await leaks("--stack", "one", ...CONFIRM);

    expect(found.report).toMatchObject({ outcome: "found", leaks: [{ kind: "run token" }] });
    expect(deleted.status).toBe(0);
    expect(engine.account.tokens.size).toBe(1);
    expect(engine.stateFile("one")).toContain([...engine.account.tokens.keys()][0]);
  });
});
