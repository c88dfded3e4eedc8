/**
 * If a cloud refuses a step, `up` ends at once with a line that says what to do. Following this
 * advice repairs the stack.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeEngine, Engine, REQUIRED, settings } from "./engine.ts";

describeEngine("when a cloud refuses a step", () => {
  let engine: Engine;
  let stacks = 0;
  beforeAll(async () => {
    engine = await Engine.start();
  });
  afterAll(() => engine?.stop());

  async function newStack(): Promise<string> {
    const stack = `s${++stacks}`;
    await engine.addStack(stack);
    return stack;
  }
  const up = (stack: string, config: object = {}) =>
    engine.up(stack, "--skip-preview", ...settings({ ...REQUIRED, ...config }));

  it("another gateway with the same name is left alone, and the run names it", async () => {
    const [mine, other] = [await newStack(), await newStack()];
    expect((await up(other)).exitCode).toBe(0);
    const gateway = engine.account.gateways.get(`claude-failover-${other}`);
    if (!gateway) throw new Error("no gateway");
    const otherGateway = { ...gateway, id: `claude-failover-${mine}`, rateLimitingLimit: 7 };
    engine.account.gateways.set(otherGateway.id, otherGateway);

    const refused = await up(mine);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain(
      `The gateway claude-failover-${mine} is in this account already, and not in this stack's state.`,
    );
    expect(engine.account.gateways.get(otherGateway.id)?.rateLimitingLimit).toBe(7);

    engine.account.gateways.delete(otherGateway.id);
    const healed = await up(mine);
    expect(healed.exitCode, healed.output).toBe(0);
  });

  it("another Worker with the same name is not replaced", async () => {
    const [mine, other] = [await newStack(), await newStack()];
    expect((await up(other)).exitCode).toBe(0);
    const otherWorker = { ...engine.scriptOf(other), name: `claude-failover-${mine}`, content: "export default {}" };
    engine.account.scripts.set(otherWorker.name, otherWorker);

    const refused = await up(mine);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain(`The Worker claude-failover-${mine} is in this account already`);
    expect(engine.scriptOf(mine).content).toBe("export default {}");
  });

  it("an organisation policy against keys leads to the setting that avoids keys, and the setting works", async () => {
    const stack = await newStack();
    engine.project.keyCreationDisabled = true;
    const refused = await up(stack);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("pulumi config set googleAuth workloadIdentity");
    const healed = await up(stack, { googleAuth: "workloadIdentity" });
    engine.project.keyCreationDisabled = false;
    expect(healed.exitCode, healed.output).toBe(0);
  });

  it("an existing role with the same name can be adopted with the printed command", async () => {
    const stack = await newStack();
    const role = { title: `claude-failover-${stack}: predict`, description: "", stage: "GA", deleted: false };
    const permissions = new Set(["aiplatform.endpoints.predict"]);
    engine.project.customRoles.set(`claude_failover_${stack}`, { ...role, permissions });
    const refused = await up(stack, { googleRole: "predictOnly" });
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain(`pulumi config set adopt '["role"]'`);
    const healed = await up(stack, { adopt: ["role"] });
    expect(healed.exitCode, healed.output).toBe(0);
  });

  it("a role that an earlier stack of the same name has deleted is restored", async () => {
    const stack = await newStack();
    expect((await up(stack, { googleRole: "predictOnly" })).exitCode).toBe(0);
    expect((await engine.destroy(stack)).exitCode).toBe(0);
    const again = await up(stack);
    expect(again.exitCode, again.output).toBe(0);
  });

  it("a stack can be created again although the id of its deleted pool stays taken", async () => {
    const stack = await newStack();
    expect((await up(stack, { googleAuth: "workloadIdentity" })).exitCode).toBe(0);
    expect((await engine.destroy(stack)).exitCode).toBe(0);
    const again = await up(stack);
    expect(again.exitCode, again.output).toBe(0);
  });

  it("an epoch that is raised by two is refused, and the printed command raises it by one", async () => {
    const stack = await newStack();
    expect((await up(stack, { clients: ["default", "ci"] })).exitCode).toBe(0);

    const refused = await engine.preview(stack, ...settings({ clients: ["default", { name: "ci", epoch: 3 }] }));

    expect(refused.exitCode).not.toBe(0);
    const next = ["default", { name: "ci", epoch: 2 }];
    expect(refused.output).toContain(
      `clients[1].epoch: raised from 1 to 3, which would delete every secret in use: raise it by one for each run: ` +
        `pulumi config set clients '${JSON.stringify(next)}'`,
    );
    const healed = await up(stack, { clients: next });
    expect(healed.exitCode, healed.output).toBe(0);
  });

  it("a protected stack cannot be destroyed until the protection is removed", async () => {
    const stack = await newStack();
    expect((await up(stack, { protect: true })).exitCode).toBe(0);
    const refused = await engine.destroy(stack);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("protect");
    expect(engine.account.gateways.has(`claude-failover-${stack}`)).toBe(true);
    expect((await up(stack, { protect: false })).exitCode).toBe(0);
    expect((await engine.destroy(stack)).exitCode).toBe(0);
  });
});
