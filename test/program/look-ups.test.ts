/** If a look-up fails, the stack only lacks its URL. A warning says which setting gives the URL. */
import { expect, it, onTestFinished } from "vitest";
import { ACCOUNT_ID, PROJECT } from "../../local/sandbox/index.ts";
import { runProgram } from "../../local/sandbox/pulumi-mocks.ts";
import { addAccount, addProject, emptyState } from "../../local/state/index.ts";
import { GOOD } from "./configuration-cases.ts";
import { FAILURES, failingCloudflare } from "./failing-cloudflare.ts";

const DEPLOY_TOKEN = "t".repeat(40);
const MAX_MS = 20_000;
/** Names a model that fails over and has no last day, so that the program has nothing to warn of. */
const QUIET = { spendLimits: [{ usd: 1, windowSeconds: 60, models: ["claude-opus-5"] }] };

async function up(baseUrl: string, more: object = {}) {
  const state = emptyState();
  addAccount(state, ACCOUNT_ID, "acme").deployTokens.add(DEPLOY_TOKEN);
  addProject(state, GOOD.googleProject, "100000000000");
  const settings = { ...GOOD, ...QUIET, ...more };
  return runProgram(state, {
    project: PROJECT,
    stack: "dev",
    config: {
      ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${PROJECT}:${key}`, value])),
      "cloudflare:apiToken": DEPLOY_TOKEN,
      "cloudflare:baseUrl": baseUrl,
    },
    secretKeys: [`${PROJECT}:anthropicApiKey`, "cloudflare:apiToken"],
  });
}

it.each(FAILURES)(
  "succeeds with a warning that names the setting if Cloudflare sends $what",
  { timeout: MAX_MS },
  async (failure) => {
    const cloudflare = await failingCloudflare(failure);
    onTestFinished(cloudflare.close);

    const { outputs, messages } = await up(cloudflare.url);

    expect(outputs.url).toBeUndefined();
    expect(Object.keys(outputs.clientTokens as object)).toEqual(["default"]);
    expect(messages).toEqual([expect.stringMatching(failure.reason)]);
    expect(messages[0]).toMatch(/^The URL is not known: .*\. Set it: pulumi config set workersSubdomain NAME$/);
    expect(messages[0]).not.toContain(DEPLOY_TOKEN);
  },
);

it("does not ask Cloudflare if the name under workers.dev is given", async () => {
  const { outputs, messages } = await up("http://127.0.0.1:1", { workersSubdomain: "acme" });

  expect(outputs.url).toBe("https://claude-failover-dev.acme.workers.dev");
  expect(messages).toEqual([]);
});
