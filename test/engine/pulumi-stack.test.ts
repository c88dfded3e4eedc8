/** What the operators' commands read and change of a stack, under the real CLI. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { PulumiStack } from "../../scripts/stack/pulumi-stack.ts";
import { describeEngine, Engine, REQUIRED, settings } from "./engine.ts";

describeEngine("a stack of the operators' commands", () => {
  let engine: Engine;
  const stackNamed = (name?: string) =>
    new PulumiStack(name, {
      environment: engine.environment,
      folder: engine.folder,
      signal: new AbortController().signal,
    });

  beforeAll(async () => {
    engine = await Engine.start();
    for (const name of ["one", "two"]) await engine.addStack(name);
    const up = await engine.up("one", "--skip-preview", ...settings({ ...REQUIRED, routing: "direct" }));
    expect(up.exitCode, up.output).toBe(0);
  }, 60_000);
  afterAll(() => engine?.stop());

  it("has its names, its settings with defaults, and its secrets", async () => {
    const stack = stackNamed("one");

    expect(await stack.identity()).toEqual({ project: "claude-failover", stack: "one" });
    expect((await stack.names()).worker).toBe("claude-failover-one");
    expect(await stack.configured()).toEqual({
      ...REQUIRED,
      routing: "direct",
      anthropicApiKey: engine.anthropicApiKey,
    });
    expect(await stack.settings()).toMatchObject({
      kind: "settings",
      settings: { vertexLocations: ["us-east5", "us", "global"] },
    });
  });

  it("is the selected one if none is named", async () => {
    await engine.run(["stack", "select", "one"]);

    expect(await stackNamed().identity()).toEqual({ project: "claude-failover", stack: "one" });
  });

  it("has the outputs of the newest run, or none", async () => {
    expect(await stackNamed("one").outputs()).toEqual(await engine.outputs("one"));
    expect(await stackNamed("two").outputs()).toBeUndefined();
  });

  it("has the resources of its state with their ids, and no secret", async () => {
    const resources = await stackNamed("one").resources();

    const token = resources.find(({ type }) => type.endsWith(":AccountToken"));
    expect([...engine.account.tokens.keys()]).toEqual([token?.id]);
    expect(token?.createdMs).toBeGreaterThan(Date.now() - 600_000);
    for (const secret of Object.values(engine.secretsOf("one")))
      expect(JSON.stringify(resources)).not.toContain(secret);
  });

  it("knows the other stacks of the project", async () => {
    const siblings = await stackNamed("one").siblings();

    const names = await Promise.all(siblings.map(async (sibling) => (await sibling.identity()).stack));
    expect(names.sort()).toEqual(["one", "two"]);
  });

  it.each<[string, unknown]>([
    ["routing", "universal"],
    ["clients", ["default", { name: "-ci", epoch: 2 }]],
    ["timeouts", { jsonMs: 120_000, chainMs: 300_000 }],
  ])("gives a setting a whole new value: %s", async (key, value) => {
    const stack = stackNamed("two");

    await stack.set(key, value);

    expect((await stack.configured())[key]).toEqual(value);
  });

  it("sets a secret through a pipe, and stores it encrypted", async () => {
    const stack = stackNamed("two");

    await stack.set("anthropicApiKeyPrevious", "sk-ant-local-previous", { secret: true });

    const stored = await engine.run(["config", "--stack", "two"]);
    expect(stored.output).not.toContain("sk-ant-local-previous");
    expect((await stack.configured()).anthropicApiKeyPrevious).toBe("sk-ant-local-previous");
    await stack.remove("anthropicApiKeyPrevious");
    expect(await stack.configured()).not.toHaveProperty("anthropicApiKeyPrevious");
  });

  it("runs `up`, and gives each line without secrets", { timeout: 120_000 }, async () => {
    const stack = stackNamed("one");
    const lines: string[] = [];

    await stack.set("clients", [{ name: "default", epoch: 2 }]);
    await stack.up((line) => lines.push(line));

    expect((await stack.resources()).map(({ name }) => name)).toContain("claude-failover-clients-default-2");
    expect(lines.join("\n")).toContain("WorkersScript");
    const { clientTokens = {} } = (await stack.outputs()) ?? {};
    for (const token of Object.values(clientTokens)) expect(lines.join("\n")).not.toContain(token);
  });

  it.each<[string, (stack: PulumiStack) => Promise<unknown>, RegExp]>([
    ["a stack that does not exist", (stack) => stack.configured(), /no stack named 'three'/],
    ["a run of it", (stack) => stack.up(() => undefined), /no stack named 'three'/],
  ])("says in one line what is wrong: %s", async (_what, act, message) => {
    await expect(act(stackNamed("three"))).rejects.toMatchObject({
      name: "Failure",
      exitCode: "usage",
      message: expect.stringMatching(message),
      cure: "pulumi stack ls",
    });
  });
});
