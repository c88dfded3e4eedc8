/** What a cloud refuses ends an `up` at once, with a line that says what to do; doing it heals the stack. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeEngine, Engine, REQUIRED, settings } from "./engine.ts";

describeEngine("what a cloud refuses", () => {
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

  it("a gateway of the same name that is a stranger's is left alone, and told in three seconds rather than three minutes", async () => {
    const [mine, other] = [await newStack(), await newStack()];
    expect((await up(other)).exitCode).toBe(0);
    const gateway = engine.account.gateways.get(`claude-failover-${other}`);
    if (!gateway) throw new Error("no gateway");
    const strangers = { ...gateway, id: `claude-failover-${mine}`, rateLimitingLimit: 7 };
    engine.account.gateways.set(strangers.id, strangers);

    const refused = await up(mine);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain(
      `The gateway claude-failover-${mine} is in this account already, and not in this stack's state.`,
    );
    expect(engine.account.gateways.get(strangers.id)?.rateLimitingLimit).toBe(7);

    engine.account.gateways.delete(strangers.id);
    const healed = await up(mine);
    expect(healed.exitCode, healed.output).toBe(0);
  });

  it("a Worker of the same name that is a stranger's is not replaced", async () => {
    const [mine, other] = [await newStack(), await newStack()];
    expect((await up(other)).exitCode).toBe(0);
    const strangers = { ...engine.scriptOf(other), name: `claude-failover-${mine}`, content: "export default {}" };
    engine.account.scripts.set(strangers.name, strangers);

    const refused = await up(mine);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain(`The Worker claude-failover-${mine} is in this account already`);
    expect(engine.scriptOf(mine).content).toBe("export default {}");
  });

  it("an organisation that forbids keys is told the switch, and the switch works", async () => {
    const stack = await newStack();
    engine.project.keyCreationDisabled = true;
    const refused = await up(stack);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("pulumi config set googleAuth workloadIdentity");
    const healed = await up(stack, { googleAuth: "workloadIdentity" });
    engine.project.keyCreationDisabled = false;
    expect(healed.exitCode, healed.output).toBe(0);
  });

  it("a role of the same name is told how to take it over, and that works", async () => {
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

  it("a role that was deleted with an earlier stack of the same name comes back", async () => {
    const stack = await newStack();
    expect((await up(stack, { googleRole: "predictOnly" })).exitCode).toBe(0);
    expect((await engine.destroy(stack)).exitCode).toBe(0);
    const again = await up(stack);
    expect(again.exitCode, again.output).toBe(0);
  });

  it("a pool's id that stays taken does not keep a stack from coming back", async () => {
    const stack = await newStack();
    expect((await up(stack, { googleAuth: "workloadIdentity" })).exitCode).toBe(0);
    expect((await engine.destroy(stack)).exitCode).toBe(0);
    const again = await up(stack);
    expect(again.exitCode, again.output).toBe(0);
  });

  it("an epoch raised by two, which would end every token in use: the command raises it by one", async () => {
    const stack = await newStack();
    expect((await up(stack, { clients: ["default", "ci"] })).exitCode).toBe(0);

    const refused = await engine.preview(stack, ...settings({ clients: ["default", { name: "ci", epoch: 3 }] }));

    expect(refused.exitCode).not.toBe(0);
    const next = ["default", { name: "ci", epoch: 2 }];
    expect(refused.output).toContain(
      `clients[1].epoch: raised from 1 to 3, which ends every secret in use: raise it by one for each run: ` +
        `pulumi config set clients '${JSON.stringify(next)}'`,
    );
    const healed = await up(stack, { clients: next });
    expect(healed.exitCode, healed.output).toBe(0);
  });

  it("production is protected from a destroy, until the configuration says otherwise", async () => {
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
