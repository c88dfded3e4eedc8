/** A refresh of the sandbox's stack lets the next run repair what was changed by hand. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { LocalCloud } from "../cloud/index.ts";
import { addAccount, addProject, type CloudflareAccount } from "../state/index.ts";
import { SandboxStack } from "./stack.ts";

const ACCOUNT = "0".repeat(32);
const TOKEN = "t".repeat(40);
let cloud: LocalCloud;
let account: CloudflareAccount;
let stack: SandboxStack;

beforeAll(async () => {
  cloud = await LocalCloud.start({ port: 0, today: "2026-11-22" });
  const { state } = cloud.context;
  account = addAccount(state, ACCOUNT, "local");
  account.deployTokens.add(TOKEN);
  addProject(state, "local-project", "1");
  stack = new SandboxStack(state, {
    project: "claude-failover",
    stack: "local",
    configured: { cloudflareAccountId: ACCOUNT, googleProject: "local-project", anthropicApiKey: "sk-ant-local-key" },
    cloudflareToken: TOKEN,
    cloudUrl: cloud.url,
  });
  await stack.up();
});
afterAll(() => cloud.close());

it("changes nothing in a stack that nobody has touched", async () => {
  stack.refresh();

  expect((await stack.up()).changes).toEqual([]);
});

it("creates again what is gone, and gives back what was changed", async () => {
  const [gateway] = account.gateways.values();
  const [token] = account.tokens.keys();
  if (!gateway || !token) throw new Error("the stack has no gateway or no token");
  gateway.authentication = false;
  account.tokens.delete(token);

  const untouched = await stack.up();
  stack.refresh();
  const repaired = await stack.up();

  expect(untouched.changes).toEqual([]);
  expect(repaired.changes.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual([
    "created claude-failover-gateway-run-1",
    "updated claude-failover-gateway",
    "updated claude-failover-worker",
  ]);
  expect([...account.gateways.values()]).toMatchObject([{ authentication: true }]);
});
