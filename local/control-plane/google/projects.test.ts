import { expect, test } from "vitest";
import { useControlPlane } from "../../testing/control-plane.ts";

const cloud = useControlPlane();
const PROJECT = "cloudresourcemanager.googleapis.com/v1/projects/test-project";

test("billing is on or off", async () => {
  const { google, project } = cloud();
  const url = "cloudbilling.googleapis.com/v1/projects/test-project/billingInfo";

  const on = await google("GET", url);
  const { billingAccount } = project;
  project.billingAccount = "";
  const off = await google("GET", url);
  project.billingAccount = billingAccount;

  const about = { name: "projects/test-project/billingInfo", projectId: "test-project" };
  expect(on.json).toEqual({ ...about, billingAccountName: billingAccount, billingEnabled: true });
  expect(off.json).toEqual({ ...about, billingAccountName: "", billingEnabled: false });
});

test("an identity learns which permissions it has, and needs none to ask", async () => {
  const { google, accessToken } = cloud();
  const permissions = ["aiplatform.endpoints.predict", "iam.serviceAccounts.create"];

  const owner = await google("POST", `${PROJECT}:testIamPermissions`, { permissions });
  const caller = await google("POST", `${PROJECT}:testIamPermissions`, { permissions }, accessToken);
  const none = await google(
    "POST",
    `${PROJECT}:testIamPermissions`,
    { permissions: ["iam.roles.create"] },
    accessToken,
  );

  expect(owner.json).toEqual({ permissions });
  expect(caller.json).toEqual({ permissions: ["aiplatform.endpoints.predict"] });
  expect(none).toMatchObject({ status: 200, json: {} });
});

test("a wildcard is not a permission", async () => {
  const refused = await cloud().google("POST", `${PROJECT}:testIamPermissions`, { permissions: ["iam.*"] });

  expect(refused).toMatchObject({ status: 400, json: { error: { status: "INVALID_ARGUMENT" } } });
});

test("a project that is being deleted says so", async () => {
  const { google, project } = cloud();

  project.lifecycleState = "DELETE_REQUESTED";
  const { json } = await google("GET", PROJECT);
  project.lifecycleState = "ACTIVE";

  expect(json).toMatchObject({ projectId: "test-project", lifecycleState: "DELETE_REQUESTED" });
});

test("an organization's policies show whether keys may be created and which locations are allowed", async () => {
  const { google, project } = cloud();
  const policy = async (constraint: string) =>
    (await google("POST", `${PROJECT}:getEffectiveOrgPolicy`, { constraint })).json;
  const keys = "constraints/iam.disableServiceAccountKeyCreation";
  const managed = "constraints/iam.managed.disableServiceAccountKeyCreation";
  const locations = "constraints/gcp.resourceLocations";

  const before = [await policy(keys), await policy(managed), await policy(locations)];
  Object.assign(project, { keyCreationDisabled: true, resourceLocations: ["in:us-locations"] });
  const after = [await policy(keys), await policy(locations)];
  Object.assign(project, { keyCreationDisabled: false, resourceLocations: null });

  expect(before).toEqual([
    { constraint: keys, booleanPolicy: {} },
    { constraint: managed, booleanPolicy: {} },
    { constraint: locations, listPolicy: { allValues: "ALLOW" } },
  ]);
  expect(after).toEqual([
    { constraint: keys, booleanPolicy: { enforced: true } },
    { constraint: locations, listPolicy: { allowedValues: ["in:us-locations"] } },
  ]);
});

test("an unknown constraint is refused", async () => {
  const refused = await cloud().google("POST", `${PROJECT}:getEffectiveOrgPolicy`, { constraint: "constructor" });

  expect(refused.status).toBe(400);
});
