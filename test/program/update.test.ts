/** A stack that is up can be changed, as by another `pulumi up`, while clients call it. */
import { afterEach, expect, it } from "vitest";
import { ACCOUNT_ID, GOOGLE_PROJECT, Sandbox } from "../../local/sandbox/index.ts";
import { inventory } from "../engine/inventory.ts";
import { post, QUESTION } from "../support/sandbox.ts";

let sandbox: Sandbox | undefined;
afterEach(() => sandbox?.down());

async function start(config: Readonly<Record<string, unknown>> = {}): Promise<Sandbox> {
  sandbox = await Sandbox.up({ config, isUpdatable: true });
  return sandbox;
}

async function ask(stack: Sandbox, token: string): Promise<string> {
  const response = await post(stack, JSON.stringify(QUESTION), { "x-api-key": token, connection: "close" });
  await response.text();
  return `${response.status} ${response.headers.get("x-failover-version")}`;
}

it("a run without a change changes nothing", async () => {
  const stack = await start();
  const { versionId } = stack.script;

  expect(await stack.update()).toEqual([]);
  expect(stack.script.versionId).toBe(versionId);
});

it.each([
  ["a client's token", { clients: [{ name: "default", epoch: 2 }] }],
  ["the run token", { rotation: { gatewayToken: { epoch: 2 } } }],
  ["the Google key", { rotation: { google: { epoch: 2 } } }],
])("the old token is served during and after a rotation of %s", async (_what, settings) => {
  const stack = await start();
  const token = stack.outputs.clientTokens.default ?? "";
  const before = stack.script.versionId;
  for (const [key, value] of Object.entries(settings)) stack.stack.set(key, value);

  const seen = new Set<string>();
  let isDone = false;
  const calling = (async () => {
    while (!isDone) seen.add(await ask(stack, token));
  })();
  const changes = await stack.update();
  isDone = true;
  await calling;
  seen.add(await ask(stack, token));

  expect(changes.length).toBeGreaterThan(0);
  expect([...seen].sort()).toEqual([`200 ${before}`, `200 ${stack.script.versionId}`].sort());
});

it("other locations are warned of: more of them, and models that lose their failover", async () => {
  const stack = await start({ vertexLocations: ["us-east5"] });

  stack.stack.set("vertexLocations", undefined);
  await stack.update();
  const widened = stack.run.messages;
  await stack.update();
  const unchanged = stack.run.messages;
  stack.stack.set("allowedLocations", ["us-east5"]);
  await stack.update();

  expect(widened).toContainEqual(expect.stringMatching(/^From this run on, Vertex may .* us, global too\./));
  expect(unchanged).not.toContainEqual(expect.stringMatching(/^From this run on|^No failover/));
  expect(stack.run.messages).toContainEqual(
    expect.stringMatching(/^No failover for .*claude-opus-5\b.* in us-east5\./),
  );
});

it("a secret that is no longer in the program is deleted", async () => {
  const stack = await start({ rotation: { gatewayToken: { epoch: 2 } } });
  const { tokens } = stack.cloud.context.state.accounts.get(ACCOUNT_ID) ?? {};
  expect(tokens?.size).toBe(2);

  stack.stack.set("rotation", { gatewayToken: { epoch: 2, revokePrevious: true } });
  await stack.update();

  expect(tokens?.size).toBe(1);
  expect(await ask(stack, stack.outputs.clientTokens.default ?? "")).toMatch(/^200 /);
});

it("an epoch that skips one is refused, and the stack serves as before", async () => {
  const stack = await start();
  const token = stack.outputs.clientTokens.default ?? "";
  stack.stack.set("clients", [{ name: "default", epoch: 3 }]);

  await expect(stack.update()).rejects.toThrow(/epoch/);
  expect(await ask(stack, token)).toMatch(/^200 /);
});

it("nothing is left after the stack is destroyed", async () => {
  const stack = await start();

  stack.stack.destroy();

  const { accounts, projects } = stack.cloud.context.state;
  const [account, project] = [accounts.get(ACCOUNT_ID), projects.get(GOOGLE_PROJECT)];
  if (!account || !project) throw new Error("no account or no project");
  expect(inventory(account, project)).toEqual(["roles/owner user:you@example.com"]);
});
