/**
 * The stand-in providers under the real engine: they import existing resources, and tests can make
 * operations fail.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RESOURCES } from "../../../local/resources/index.ts";
import type { Inputs } from "../../../local/resources/resource-type.ts";
import {
  addAccount,
  addProject,
  type CloudflareAccount,
  type CloudState,
  emptyState,
  type GoogleProject,
} from "../../../local/state/index.ts";
import { PULUMI_FOLDER } from "../pulumi-cli.ts";
import { TestProgram } from "./test-program.ts";
import { GATEWAY_SETTINGS } from "./test-provider.ts";

const ACCOUNT_ID = "10ca1c10d00000000000000000000000";
const PROJECT_ID = "test-project";
const TOKEN = "t".repeat(40);
const NAME = `projects/${PROJECT_ID}/serviceAccounts/worker@${PROJECT_ID}.iam.gserviceaccount.com`;
const MEMBER = `serviceAccount:worker@${PROJECT_ID}.iam.gserviceaccount.com`;

const GATEWAY = {
  type: "cloudflare:index/aiGateway:AiGateway",
  name: "gateway",
  inputs: {
    accountId: ACCOUNT_ID,
    aiGatewayId: "gateway",
    ...GATEWAY_SETTINGS,
  },
  import: `${ACCOUNT_ID}/gateway`,
};
const ACCOUNT = {
  type: "gcp:serviceaccount/account:Account",
  name: "account",
  inputs: { project: PROJECT_ID, accountId: "worker", displayName: "Worker" },
  import: NAME,
};
const POOL = { project: PROJECT_ID, workloadIdentityPoolId: "pool-1234" };
const POOL_NAME = `projects/${PROJECT_ID}/locations/global/workloadIdentityPools/pool-1234`;

/** The resources in the order in which they can be created. */
const IMPORTABLE = [
  GATEWAY,
  ACCOUNT,
  {
    type: "gcp:projects/iAMCustomRole:IAMCustomRole",
    name: "role",
    inputs: { project: PROJECT_ID, roleId: "predict", title: "Predict", permissions: ["a.b.get", "a.b.list"] },
    import: `projects/${PROJECT_ID}/roles/predict`,
  },
  {
    type: "gcp:iam/workloadIdentityPool:WorkloadIdentityPool",
    name: "pool",
    inputs: { ...POOL, displayName: "pool" },
    import: POOL_NAME,
  },
  {
    type: "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
    name: "pool-provider",
    inputs: {
      ...POOL,
      workloadIdentityPoolProviderId: "worker",
      attributeMapping: { "google.subject": "assertion.sub" },
      oidc: {
        issuerUri: "https://worker.example.com",
        jwksJson: JSON.stringify({ keys: [{ kty: "EC", crv: "P-256", x: "AA", y: "AA", kid: "k" }] }),
      },
    },
    import: `${POOL_NAME}/providers/worker`,
  },
  {
    type: "gcp:projects/iAMMember:IAMMember",
    name: "member",
    inputs: { project: PROJECT_ID, role: "roles/aiplatform.user", member: MEMBER },
    import: `${PROJECT_ID} roles/aiplatform.user ${MEMBER}`,
  },
  {
    type: "gcp:serviceaccount/iAMMember:IAMMember",
    name: "acting",
    inputs: { serviceAccountId: NAME, role: "roles/iam.workloadIdentityUser", member: MEMBER },
    import: `${NAME} roles/iam.workloadIdentityUser ${MEMBER}`,
  },
] as const;

const SUITE = PULUMI_FOLDER
  ? "under the real engine"
  : "under the real engine (skipped: there is no pulumi CLI on the PATH)";

describe.skipIf(!PULUMI_FOLDER)(SUITE, { timeout: 60_000 }, () => {
  let state: CloudState;
  let account: CloudflareAccount;
  let project: GoogleProject;
  let program: TestProgram;

  beforeEach(async () => {
    state = emptyState();
    account = addAccount(state, ACCOUNT_ID, "test");
    account.deployTokens.add(TOKEN);
    project = addProject(state, PROJECT_ID, "100000000000");
    project.enabledServices.add("iam.googleapis.com");
    program = await TestProgram.start(state, { cloudflare: { apiToken: TOKEN }, gcp: { project: PROJECT_ID } });
  });
  afterEach(() => program.stop());

  const up = () => program.run("up", "--yes", "--skip-preview");

  it("imports existing resources, and then finds no change", async () => {
    for (const { type, inputs } of IMPORTABLE) {
      await RESOURCES[type]?.create(state, inputs as Inputs, { apiToken: TOKEN });
    }
    program.resources = IMPORTABLE;
    const imported = await up();
    expect(imported.exitCode, imported.output).toBe(0);
    expect(imported.output).toContain(`${IMPORTABLE.length} imported`);
    program.resources = IMPORTABLE.map(({ type, name, inputs }) => ({ type, name, inputs }));
    const check = await program.run("preview", "--refresh", "--expect-no-changes");
    expect(check.exitCode, check.output).toBe(0);
    expect(check.output).not.toContain("[diff:");
  });

  it("does not import a missing resource, and updates an imported one that differs from the program", async () => {
    program.resources = [GATEWAY];
    const missing = await up();
    expect(missing.exitCode).not.toBe(0);
    expect(missing.output).toMatch(/resource '.*gateway' does not exist/);
    await RESOURCES[GATEWAY.type]?.create(state, { ...GATEWAY.inputs, collectLogs: false }, { apiToken: TOKEN });
    const other = await up();
    expect(other.exitCode, other.output).toBe(0);
    expect(other.output).toMatch(/gateway imported.*gateway updated .*\[diff: ~collectLogs\]/s);
    expect(account.gateways.get("gateway")?.collectLogs).toBe(true);
  });

  it("can let an operation fail without an effect, and the next run repeats it", async () => {
    const { import: _, ...made } = GATEWAY;
    program.resources = [made];
    program.providers.onOperation = () => "fail";
    const failed = await up();
    expect(failed.exitCode).not.toBe(0);
    expect(failed.output).toContain("failed to make http request: POST");
    expect(failed.output).toContain("403 Forbidden");
    expect(account.gateways.size).toBe(0);
    program.providers.onOperation = undefined;
    expect((await up()).exitCode).toBe(0);
    expect(account.gateways.size).toBe(1);
  });

  it("can lose an answer after the effect, and a later run imports the resource", async () => {
    const { import: _, ...made } = ACCOUNT;
    program.resources = [made];
    program.providers.onOperation = ({ kind }) => (kind === "create" ? "lose answer" : "proceed");
    const lost = await up();
    expect(lost.exitCode).not.toBe(0);
    expect(lost.output).toContain(`Post "https://iam.googleapis.com/v1/projects/${PROJECT_ID}/serviceAccounts": EOF`);
    expect(project.serviceAccounts.size).toBe(1);
    program.providers.onOperation = undefined;
    const conflict = await up();
    expect(conflict.output).toContain("Error creating service account: googleapi: Error 409: Service account worker");
    program.resources = [ACCOUNT];
    expect((await up()).exitCode).toBe(0);
  });

  it("calls the hooks before and after each operation, and awaits them", async () => {
    const calls: string[] = [];
    const { import: _, ...made } = GATEWAY;
    program.resources = [made];
    program.providers.onOperation = ({ kind, name }) => {
      calls.push(`${kind} ${name}: ${account.gateways.size}`);
      return "proceed";
    };
    program.providers.onDone = async ({ kind, name }) => {
      await new Promise((resolve) => setImmediate(resolve));
      calls.push(`${kind} ${name} done: ${account.gateways.size}`);
    };
    expect((await up()).exitCode).toBe(0);
    expect((await program.run("destroy", "--yes", "--skip-preview")).exitCode).toBe(0);
    expect(calls).toEqual([
      "create gateway: 0",
      "create gateway done: 1",
      "delete gateway: 1",
      "delete gateway done: 0",
    ]);
  });
});
