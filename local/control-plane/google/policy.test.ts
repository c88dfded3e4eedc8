import { expect, test } from "vitest";
import { useControlPlane } from "../../testing/control-plane.ts";

const cloud = useControlPlane();
const PROJECT = "cloudresourcemanager.googleapis.com/v1/projects/test-project";
const ACCOUNTS = "iam.googleapis.com/v1/projects/test-project/serviceAccounts";
const MASK = { updateMask: "bindings,etag,auditConfigs" };

interface Policy {
  etag: string;
  version: number;
  bindings?: { role: string; members: string[] }[];
}

async function read(): Promise<Policy> {
  const { json } = await cloud().google("POST", `${PROJECT}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } });
  return json;
}

function withMember({ bindings = [], etag }: Policy, role: string, member: string) {
  return { policy: { bindings: [...bindings, { role, members: [member] }], etag, version: 3 }, ...MASK };
}

async function newMember(accountId: string): Promise<string> {
  const { json } = await cloud().google("POST", ACCOUNTS, { accountId });
  return `serviceAccount:${json.email}`;
}

test("a grant is added and removed by replacing the whole policy", async () => {
  const { google, project } = cloud();
  const member = await newMember("granted");
  const before = await read();

  const set = await google("POST", `${PROJECT}:setIamPolicy`, withMember(before, "roles/viewer", member));
  const after = await read();
  await google("POST", `${PROJECT}:setIamPolicy`, { policy: { ...before, etag: after.etag }, ...MASK });

  expect(set.json).toEqual(after);
  expect(after.bindings).toContainEqual({ role: "roles/viewer", members: [member] });
  expect(after.etag).not.toBe(before.etag);
  expect(await read()).toEqual(before);
  expect(project.policy.get("roles/owner")?.size).toBe(1);
});

test("a policy that changed after it was read is not replaced", async () => {
  const { google } = cloud();
  const [one, other] = [await newMember("first-writer"), await newMember("second-writer")];
  const stale = await read();
  await google("POST", `${PROJECT}:setIamPolicy`, withMember(stale, "roles/viewer", one));

  const refused = await google("POST", `${PROJECT}:setIamPolicy`, withMember(stale, "roles/viewer", other));

  const message = expect.stringContaining("concurrent policy changes");
  expect(refused).toMatchObject({ status: 409, json: { error: { status: "ABORTED", message } } });
  expect(JSON.stringify(await read())).not.toContain(other);
});

test("a grant to a missing account is refused and changes nothing", async () => {
  const { google } = cloud();
  const real = await newMember("real-member");
  const before = await read();
  const bindings = [
    ...(before.bindings ?? []),
    { role: "roles/viewer", members: [real, "serviceAccount:no@such.account"] },
  ];

  const refused = await google("POST", `${PROJECT}:setIamPolicy`, { policy: { ...before, bindings }, ...MASK });

  expect(refused).toMatchObject({
    status: 400,
    json: { error: { message: "Service account no@such.account does not exist." } },
  });
  expect(await read()).toEqual(before);
});

test("a deleted account's grant stays in the policy, marked as deleted", async () => {
  const { google } = cloud();
  const member = await newMember("soon-gone");
  await google("POST", `${PROJECT}:setIamPolicy`, withMember(await read(), "roles/browser", member));

  await google("DELETE", `${ACCOUNTS}/${member.split(":")[1]}`);

  const { bindings = [] } = await read();
  expect(bindings.find(({ role }) => role === "roles/browser")?.members).toEqual([
    expect.stringMatching(`^deleted:${member.replaceAll(".", "\\.")}\\?uid=\\d+$`),
  ]);
});

test("a service account has its own policy, read without a body and cleared without bindings", async () => {
  const { google } = cloud();
  const [actor, target] = [await newMember("the-actor"), await newMember("the-target")];
  const path = `${ACCOUNTS}/${target.split(":")[1]}`;
  const empty = await google("POST", `${path}:getIamPolicy?options.requestedPolicyVersion=3`);
  const bindings = [{ role: "roles/iam.serviceAccountTokenCreator", members: [actor] }];

  const set = await google("POST", `${path}:setIamPolicy`, { policy: { bindings, etag: empty.json.etag, version: 3 } });
  const unset = await google("POST", `${path}:setIamPolicy`, { policy: { etag: set.json.etag, version: 3 } });

  expect(empty.json).toEqual({ version: 1, etag: "ACAB" });
  expect(set.json).toMatchObject({ bindings });
  expect(unset.json).toEqual(empty.json);
});

test("a project shows its number and its active state", async () => {
  const { json } = await cloud().google("GET", PROJECT);

  expect(json).toMatchObject({ projectId: "test-project", projectNumber: "100000000000", lifecycleState: "ACTIVE" });
});

test("a missing project returns 403, like one without permission", async () => {
  const refused = await cloud().google("GET", "cloudresourcemanager.googleapis.com/v1/projects/no-such-project");

  expect(refused).toMatchObject({ status: 403, json: { error: { status: "PERMISSION_DENIED" } } });
});
