/**
 * `npm run -s curl` prints the request for a stack, with the stack's gateway, project and first
 * location.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { GOOGLE_PROJECT } from "../../local/sandbox/index.ts";
import { describeEngine, Engine, REQUIRED, settings } from "./engine.ts";

describeEngine("npm run -s curl", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await Engine.start();
    await engine.addStack("one");
    const up = await engine.up("one", "--skip-preview", ...settings(REQUIRED));
    expect(up.exitCode, up.output).toBe(0);
  }, 60_000);
  afterAll(() => engine?.stop());

  const print = (stack: string) =>
    promisify(execFile)("npm", ["run", "-s", "curl", "--", "--stack", stack], {
      cwd: engine.folder,
      env: engine.environment,
    });

  it("names us-east5 without the setting vertexLocations", async () => {
    const { stdout } = await print("one");

    expect(stdout).toContain(`${(await engine.outputs("one")).gatewayUrl} \\\n`);
    expect(stdout).toContain(`projects/${GOOGLE_PROJECT}/locations/us-east5/publishers/anthropic/models/`);
  });

  it("names the first location of the default that allowedLocations leaves", async () => {
    await engine.set("one", "allowedLocations", ["global", "us"]);

    const { stdout } = await print("one");

    expect(stdout).toContain(`projects/${GOOGLE_PROJECT}/locations/us/publishers/anthropic/models/`);
    await engine.set("one", "allowedLocations", ["eu", "us-east5"]);
  });

  it("names the first of vertexLocations", async () => {
    await engine.set("one", "vertexLocations", ["eu", "us-east5"]);

    const { stdout } = await print("one");

    expect(stdout).toContain(`projects/${GOOGLE_PROJECT}/locations/eu/publishers/anthropic/models/`);
  });

  it("fails with Pulumi's own error for an unknown stack", async () => {
    await expect(print("unknown")).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("unknown") });
  });
});
