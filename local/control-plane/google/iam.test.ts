import { createPublicKey } from "node:crypto";
import { expect, test } from "vitest";
import { callHost } from "../../testing/cloud.ts";
import { type ControlPlane, useControlPlane } from "../../testing/control-plane.ts";

const cloud = useControlPlane();
const IAM = "iam.googleapis.com/v1/projects/test-project";

function emailOf(accountId: string): string {
  return `${accountId}@test-project.iam.gserviceaccount.com`;
}

async function createAccount({ google }: ControlPlane, accountId: string): Promise<string> {
  await google("POST", `${IAM}/serviceAccounts`, { accountId, serviceAccount: {} });
  return `${IAM}/serviceAccounts/${emailOf(accountId)}`;
}

test("a service account is created, read, changed and deleted", async () => {
  const { google } = cloud();
  const email = emailOf("account-one");
  const path = `${IAM}/serviceAccounts/${email}`;
  const query = "?alt=json&prettyPrint=false";

  const created = await google("POST", `${IAM}/serviceAccounts${query}`, {
    accountId: "account-one",
    serviceAccount: { displayName: "One", description: "first" },
  });
  const read = await google("GET", `${path}${query}`);
  const changed = await google("PATCH", `${path}${query}`, {
    serviceAccount: { displayName: "Two", etag: created.json.etag },
    updateMask: "display_name",
  });
  const list = await google("GET", `${IAM}/serviceAccounts`);
  const deleted = await google("DELETE", path);
  const afterDelete = await google("GET", path);

  expect(created).toMatchObject({
    status: 200,
    json: {
      name: `projects/test-project/serviceAccounts/${email}`,
      projectId: "test-project",
      uniqueId: expect.stringMatching(/^\d{21}$/),
      email,
      displayName: "One",
      etag: expect.any(String),
    },
  });
  expect(read.json).toEqual(created.json);
  expect(changed.json).toMatchObject({ displayName: "Two", description: "first", uniqueId: created.json.uniqueId });
  expect(list.json.accounts).toEqual([changed.json]);
  expect(deleted).toMatchObject({ status: 200, json: {} });
  expect(afterDelete).toMatchObject({ status: 404, json: { error: { code: 404, status: "NOT_FOUND" } } });
});

test("an existing or too short service account id is refused", async () => {
  const { google } = cloud();
  await createAccount(cloud(), "taken-once");

  const again = await google("POST", `${IAM}/serviceAccounts`, { accountId: "taken-once" });
  const short = await google("POST", `${IAM}/serviceAccounts`, { accountId: "x" });

  expect(again).toMatchObject({ status: 409, json: { error: { status: "ALREADY_EXISTS" } } });
  expect(short).toMatchObject({ status: 400, json: { error: { status: "INVALID_ARGUMENT" } } });
});

test("only a key's creation returns the private key; the public key matches it", async () => {
  const { google } = cloud();
  const keys = `${await createAccount(cloud(), "with-keys")}/keys`;

  const { json: created } = await google("POST", keys, {
    keyAlgorithm: "KEY_ALG_RSA_2048",
    privateKeyType: "TYPE_GOOGLE_CREDENTIALS_FILE",
  });
  const path = `iam.googleapis.com/v1/${created.name}`;
  const { json: read } = await google("GET", `${path}?publicKeyType=TYPE_X509_PEM_FILE`);
  const list = await google("GET", `${keys}?keyTypes=USER_MANAGED`);
  const all = await google("GET", keys);
  const deleted = await google("DELETE", path);
  const afterDelete = await google("GET", path);

  const file = JSON.parse(Buffer.from(created.privateKeyData, "base64").toString());
  expect(file).toMatchObject({ type: "service_account", client_email: emailOf("with-keys") });
  expect(read).toMatchObject({
    name: created.name,
    keyAlgorithm: "KEY_ALG_RSA_2048",
    validAfterTime: created.validAfterTime,
    validBeforeTime: "9999-12-31T23:59:59Z",
  });
  const publicKey = createPublicKey(Buffer.from(read.publicKeyData, "base64").toString());
  expect(publicKey.equals(createPublicKey(file.private_key))).toBe(true);
  expect(read).not.toHaveProperty("privateKeyData");
  expect(list.json.keys).toMatchObject([{ name: created.name, keyType: "USER_MANAGED" }]);
  expect(all.json.keys).toMatchObject([{ keyType: "SYSTEM_MANAGED" }, { keyType: "USER_MANAGED" }]);
  expect(deleted.status).toBe(200);
  expect(afterDelete.status).toBe(404);
});

test("a key is refused with the constraint when an organization policy denies keys", async () => {
  const { google, project } = cloud();
  const path = await createAccount(cloud(), "no-keys");
  project.keyCreationDisabled = true;

  const refused = await google("POST", `${path}/keys`, {});
  project.keyCreationDisabled = false;

  expect(refused).toMatchObject({
    status: 400,
    json: { error: { status: "FAILED_PRECONDITION", message: expect.stringContaining("not allowed"), details: [{}] } },
  });
});

test("a custom role is created, read, changed, deleted and restored", async () => {
  const { google } = cloud();
  const role = { includedPermissions: ["aiplatform.endpoints.predict"], stage: "GA", title: "Predict" };
  const path = `${IAM}/roles/predictor`;

  const absent = await google("GET", path);
  const created = await google("POST", `${IAM}/roles`, { role, roleId: "predictor" });
  const again = await google("POST", `${IAM}/roles`, { role, roleId: "predictor" });
  const changed = await google("PATCH", path, { ...role, title: "Predictor" });
  const deleted = await google("DELETE", path);
  const twice = await google("DELETE", path);
  const seen = await google("GET", path);
  const blocked = await google("POST", `${IAM}/roles`, { role, roleId: "predictor" });
  const restored = await google("POST", `${path}:undelete`, {});

  expect(absent).toMatchObject({ status: 404, json: { error: { status: "NOT_FOUND" } } });
  expect(created.json).toMatchObject({ name: "projects/test-project/roles/predictor", ...role });
  expect(again).toMatchObject({ status: 409, json: { error: { status: "ALREADY_EXISTS" } } });
  expect(changed.json).toMatchObject({ ...role, title: "Predictor" });
  expect(deleted.json).toMatchObject({ deleted: true });
  expect(twice.status).toBe(404);
  expect(seen).toMatchObject({ status: 200, json: { deleted: true } });
  expect(blocked).toMatchObject({ status: 400, json: { error: { status: "FAILED_PRECONDITION" } } });
  expect(restored.json).toMatchObject({ ...role, title: "Predictor" });
  expect(restored.json).not.toHaveProperty("deleted");
});

test("roles are listed in pages, without deleted roles", async () => {
  const { google } = cloud();
  const role = { includedPermissions: ["aiplatform.endpoints.predict"], title: "x" };
  for (const roleId of ["one", "two", "three"]) await google("POST", `${IAM}/roles`, { role, roleId });
  await google("DELETE", `${IAM}/roles/two`);

  const names: string[] = [];
  for (let token = ""; token !== "end"; ) {
    const { json } = await google("GET", `${IAM}/roles?pageSize=1&pageToken=${token}`);
    names.push(...json.roles.map(({ name }: { name: string }) => name.split("/").at(-1)));
    token = json.nextPageToken ?? "end";
  }

  expect(names).toEqual(expect.arrayContaining(["one", "three"]));
  expect(names).not.toContain("two");
});

test.each([
  ["no token", undefined, 401, "UNAUTHENTICATED"],
  ["a token that Google did not issue", "ya29.unknown", 401, "UNAUTHENTICATED"],
])("%s is refused", async (_, token, code, status) => {
  const refused = await callHost(cloud(), {
    host: "iam.googleapis.com",
    path: "/v1/projects/test-project/serviceAccounts",
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });

  expect(JSON.parse(refused.text)).toMatchObject({ error: { code, status } });
});

test("an identity that is not an owner needs the method's permission", async () => {
  const { google, accessToken, project, cloud: local } = cloud();
  const path = `${IAM}/serviceAccounts`;

  const without = await google("GET", path, undefined, accessToken);
  await google("POST", `${IAM}/roles`, {
    role: { includedPermissions: ["iam.serviceAccounts.list"], title: "x" },
    roleId: "lister",
  });
  project.policy.set("projects/test-project/roles/lister", new Set([local.context.user]));
  const withIt = await google("GET", path, undefined, accessToken);
  const other = await google("POST", path, { accountId: "not-allowed" }, accessToken);

  expect(without).toMatchObject({
    status: 403,
    json: { error: { status: "PERMISSION_DENIED", message: expect.stringContaining("iam.serviceAccounts.list") } },
  });
  expect(withIt.status).toBe(200);
  expect(other.status).toBe(403);
});

test("an API that is not enabled returns 403 and says so", async () => {
  const { google, project } = cloud();
  project.enabledServices.delete("iam.googleapis.com");

  const refused = await google("GET", `${IAM}/serviceAccounts`);
  project.enabledServices.add("iam.googleapis.com");

  const message = expect.stringContaining("has not been used in project 100000000000 before or it is disabled");
  expect(refused).toMatchObject({ status: 403, json: { error: { status: "PERMISSION_DENIED", message } } });
});
