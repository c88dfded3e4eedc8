/** Tests the refusals of Google's resources, with its provider's texts. */
import { beforeEach, describe, expect, it } from "vitest";
import { addProject, type CloudState, emptyState, type GoogleProject } from "../../state/index.ts";
import { RESOURCES } from "../index.ts";
import { providerText } from "../provider-errors.ts";
import { CloudError, type Inputs } from "../resource-type.ts";

const PROJECT_ID = "test-project";
const ACCOUNT = "gcp:serviceaccount/account:Account";
const KEY = "gcp:serviceaccount/key:Key";
const SERVICE = "gcp:projects/service:Service";
const ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole";
const POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool";
const MEMBER = "gcp:projects/iAMMember:IAMMember";
const MODEL = "gcp:vertex/aiModelGardenEnableModel:AiModelGardenEnableModel";
const ACCOUNT_INPUTS = { project: PROJECT_ID, accountId: "worker" };
const ACCOUNT_NAME = `projects/${PROJECT_ID}/serviceAccounts/worker@${PROJECT_ID}.iam.gserviceaccount.com`;
const MODEL_INPUTS = { project: PROJECT_ID, publisherModelName: "publishers/anthropic/models/claude-sonnet-4-6" };

let state: CloudState;
let project: GoogleProject;
beforeEach(() => {
  state = emptyState();
  project = addProject(state, PROJECT_ID, "100000000000");
  for (const name of ["aiplatform", "iam"]) project.enabledServices.add(`${name}.googleapis.com`);
});

const make = async (type: string, inputs: Inputs, provider: Inputs = {}) => {
  const resourceType = RESOURCES[type];
  if (!resourceType) throw new Error(`no resource ${type}`);
  return resourceType.create(state, inputs, provider);
};
const refusalOf = async (type: string, inputs: Inputs, provider: Inputs = {}) =>
  make(type, inputs, provider).then(
    () => "accepted",
    (error: unknown) => (error instanceof CloudError ? providerText(error, undefined) : String(error)),
  );

describe("Google refuses", () => {
  it("a key when an organization policy denies keys, and names the constraint", async () => {
    await make(ACCOUNT, ACCOUNT_INPUTS);
    project.keyCreationDisabled = true;
    const text = await refusalOf(KEY, { serviceAccountId: ACCOUNT_NAME });
    expect(text.split("[")[0]).toBe(
      "Error creating service account key: googleapi: Error 400: " +
        "Key creation is not allowed on this service account.\nDetails:\n",
    );
    expect(text).toContain('"type": "constraints/iam.disableServiceAccountKeyCreation"');
  });

  it("an existing account, unless createIgnoreAlreadyExists is set", async () => {
    const { outputs } = await make(ACCOUNT, ACCOUNT_INPUTS);
    expect(await refusalOf(ACCOUNT, ACCOUNT_INPUTS)).toBe(
      "Error creating service account: googleapi: Error 409: " +
        "Service account worker already exists within project projects/test-project.",
    );
    const adopted = await make(ACCOUNT, { ...ACCOUNT_INPUTS, createIgnoreAlreadyExists: true });
    expect(adopted.outputs.uniqueId).toBe(outputs.uniqueId);
  });

  it("an account when the IAM API is disabled", async () => {
    project.enabledServices.delete("iam.googleapis.com");
    expect(await refusalOf(ACCOUNT, ACCOUNT_INPUTS)).toMatch(
      /^Error creating service account: googleapi: Error 403: iam\.googleapis\.com has not been used in project/,
    );
  });

  it("an existing role id, a deleted pool's id, and an unknown API", async () => {
    const role = { project: PROJECT_ID, roleId: "predict", title: "t", permissions: ["a.b.c"] };
    await make(ROLE, role);
    expect(await refusalOf(ROLE, role)).toBe(
      "Custom project role projects/test-project/roles/predict already exists and must be imported",
    );
    const pool = { project: PROJECT_ID, workloadIdentityPoolId: "pool-1234" };
    const { id } = await make(POOL, pool);
    RESOURCES[POOL]?.delete(state, id, pool);
    expect(await refusalOf(POOL, pool)).toBe(
      "Error creating WorkloadIdentityPool: googleapi: Error 409: Requested entity already exists",
    );
    expect(await refusalOf(SERVICE, { project: PROJECT_ID, service: "x.googleapis.com" })).toMatch(
      /^failed to enable services: failed on request preconditions: googleapi: Error 403: /,
    );
  });
});

describe("a model of Model Garden", () => {
  it("is enabled through a provider with a region, and stays enabled after delete", async () => {
    expect(await refusalOf(MODEL, MODEL_INPUTS)).toContain("region");
    const { id } = await make(MODEL, MODEL_INPUTS, { region: "us-east5" });
    expect([...project.enabledModels]).toEqual([MODEL_INPUTS.publisherModelName]);
    RESOURCES[MODEL]?.delete(state, id, MODEL_INPUTS);
    expect(project.enabledModels.size).toBe(1);
  });

  it("needs its API", async () => {
    project.enabledServices.delete("aiplatform.googleapis.com");
    expect(await refusalOf(MODEL, MODEL_INPUTS, { region: "us-east5" })).toContain("Error 403");
  });
});

it("a grant does not apply to an account recreated under the same name", async () => {
  const grant = {
    project: PROJECT_ID,
    role: "roles/aiplatform.user",
    member: `serviceAccount:worker@${PROJECT_ID}.iam.gserviceaccount.com`,
  };
  const { id } = await make(ACCOUNT, ACCOUNT_INPUTS);
  await make(MEMBER, grant);
  RESOURCES[ACCOUNT]?.delete(state, id, ACCOUNT_INPUTS);
  await make(ACCOUNT, ACCOUNT_INPUTS);
  expect(project.policy.get("roles/aiplatform.user")).not.toContain(grant.member);
  expect(RESOURCES[MEMBER]?.read(state, "", grant)).toBeUndefined();
});
