import { beforeEach, expect, test } from "vitest";
import { DEPLOY_TOKEN, useControlPlane } from "../../testing/control-plane.ts";

const cloud = useControlPlane();
beforeEach(() => cloud().account.deployTokenLimits.clear());
const RUN = "644535f4ed854494a59cb289d634b257";
const BODY = {
  name: "run AI Gateway",
  policies: [
    { effect: "allow", permission_groups: [{ id: RUN }], resources: { "com.cloudflare.api.account.account": "*" } },
  ],
};

test("a token is created, read, renamed and deleted; only the creation returns its value", async () => {
  const { cloudflare } = cloud();

  const { json: created } = await cloudflare("POST", "/tokens", { body: BODY });
  const { id, value } = created.result;
  const read = await cloudflare("GET", `/tokens/${id}`);
  const renamed = await cloudflare("PUT", `/tokens/${id}`, { body: { ...BODY, name: "another" } });
  const deleted = await cloudflare("DELETE", `/tokens/${id}`);
  const afterDelete = await cloudflare("DELETE", `/tokens/${id}`);

  expect(value).toMatch(/^\w{40}$/);
  expect(read.json.result).toMatchObject({ id, status: "active", ...BODY });
  expect(JSON.stringify(read.json)).not.toContain(value);
  expect(renamed.json.result).toMatchObject({ id, name: "another" });
  expect(deleted.status).toBe(200);
  expect(afterDelete).toMatchObject({ status: 404, json: { success: false } });
});

test("a created token may run the gateway but not deploy", async () => {
  const { cloudflare, cloud: local } = cloud();
  const { json } = await cloudflare("POST", "/tokens", { body: BODY });
  const token = json.result.value;

  const run = await fetch(`${local.url}/v1/account/gateway`, {
    method: "POST",
    headers: { "cf-aig-authorization": `Bearer ${token}` },
    body: "[]",
  });
  const deploy = await cloudflare("GET", "/workers/scripts", { token });

  expect(run.status).not.toBe(401);
  expect(deploy.status).toBe(403);
});

test("a token can be disabled, and then verifies as disabled", async () => {
  const { cloudflare } = cloud();
  const { json } = await cloudflare("POST", "/tokens", { body: BODY });
  const { id, value } = json.result;

  const updated = await cloudflare("PUT", `/tokens/${id}`, { body: { ...BODY, status: "disabled" } });
  const verified = await cloudflare("GET", "/tokens/verify", { token: value });
  const enabled = await cloudflare("PUT", `/tokens/${id}`, { body: BODY });

  expect(updated.json.result).toMatchObject({ id, status: "disabled" });
  expect(verified.json).toMatchObject({ result: { id, status: "disabled" }, messages: [] });
  expect(enabled.json.result).toMatchObject({ status: "active" });
});

test("tokens are listed in pages, without their values", async () => {
  const { json } = await cloud().cloudflare("GET", "/tokens?per_page=1");

  expect(json).toMatchObject({ result: [{ id: "t", name: "t" }], result_info: { page: 1, count: 1 } });
  expect(json.result[0]).not.toHaveProperty("value");
});

test.each([
  ["no policies", { ...BODY, policies: [] }],
  ["an unknown permission group", { ...BODY, policies: [{ ...BODY.policies[0], permission_groups: [{ id: "x" }] }] }],
  ["another account's resource", { ...BODY, policies: [{ ...BODY.policies[0], resources: { other: "*" } }] }],
])("a token with %s is refused", async (_, body) => {
  expect(await cloud().cloudflare("POST", "/tokens", { body })).toMatchObject({ status: 400 });
});

test.each([
  ["AI+Gateway+Run", [{ id: RUN, name: "AI Gateway Run", scopes: ["com.cloudflare.api.account"] }]],
  ["AI%2520Gateway%2520Run", []],
  ["No+Such+Group", []],
])("permission groups are found by the name %s", async (name, result) => {
  const { json } = await cloud().cloudflare("GET", `/tokens/permission_groups?name=${name}`);

  expect(json.result).toEqual(result);
});

const USER = "/client/v4/user/tokens/verify";
const ACCOUNT = "/tokens/verify";

test.each([
  ["a user", undefined, USER, ACCOUNT],
  ["a user", { kind: "user" }, USER, ACCOUNT],
  ["an account", { kind: "account" }, ACCOUNT, USER],
] as const)("a token of %s is valid only at its own path", async (_owner, limits, own, other) => {
  const { cloudflare, account } = cloud();
  account.deployTokenLimits = new Map(limits ? [[DEPLOY_TOKEN, limits]] : []);

  const good = await cloudflare("GET", own);
  const bad = await cloudflare("GET", other);
  const unknown = await cloudflare("GET", own, { token: "no-such-token" });

  const invalid = { status: 401, json: { errors: [{ code: 1000, message: "Invalid API Token" }] } };
  expect(good.json).toMatchObject({
    result: { status: "active" },
    messages: [{ code: 10000, message: "This API Token is valid and active" }],
  });
  expect(bad).toMatchObject(invalid);
  expect(unknown).toMatchObject(invalid);
});

test.each([
  [{ status: "disabled" }, { status: "disabled" }],
  [{ status: "expired" }, { status: "expired" }],
  [{ expiresOn: "2020-01-01T00:00:00Z" }, { status: "expired", expires_on: "2020-01-01T00:00:00Z" }],
] as const)("a token with %j verifies as %j and may do nothing", async (limits, result) => {
  const { cloudflare, account } = cloud();
  account.deployTokenLimits = new Map([[DEPLOY_TOKEN, limits]]);

  const verified = await cloudflare("GET", USER);
  const used = await cloudflare("GET", "/ai-gateway/gateways");

  expect(verified.json).toMatchObject({ result, messages: [] });
  expect(used).toMatchObject({ status: 403, json: { errors: [{ code: 10000 }] } });
});

test("a token with a time in the future is active until then", async () => {
  const { cloudflare, account } = cloud();
  account.deployTokenLimits = new Map([[DEPLOY_TOKEN, { expiresOn: "2999-01-01T00:00:00Z" }]]);

  const verified = await cloudflare("GET", USER);

  expect(verified.json.result).toMatchObject({ status: "active", expires_on: "2999-01-01T00:00:00Z" });
});

test("a created token has its times; only using it sets the last one", async () => {
  const { cloudflare, cloud: local } = cloud();
  const { json } = await cloudflare("POST", "/tokens", { body: { ...BODY, expires_on: "2999-01-01T00:00:00Z" } });
  const { id, value } = json.result;

  const before = await cloudflare("GET", `/tokens/${id}`);
  await fetch(`${local.url}/v1/account/gateway`, {
    method: "POST",
    headers: { "cf-aig-authorization": `Bearer ${value}` },
    body: "[]",
  });
  const after = await cloudflare("GET", `/tokens/${id}`);

  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const dates = { issued_on: time, modified_on: time, expires_on: "2999-01-01T00:00:00Z" };
  expect(before.json.result).toMatchObject(dates);
  expect(before.json.result).not.toHaveProperty("last_used_on");
  expect(after.json.result).toMatchObject({ ...dates, last_used_on: time });
});

test("an expired token cannot run the gateway and is listed only on request", async () => {
  const { cloudflare, cloud: local } = cloud();
  const { json } = await cloudflare("POST", "/tokens", { body: { ...BODY, expires_on: "2020-01-01T00:00:00Z" } });
  const { id, value } = json.result;

  const run = await fetch(`${local.url}/v1/account/gateway`, {
    method: "POST",
    headers: { "cf-aig-authorization": `Bearer ${value}` },
    body: "[]",
  });
  const listed = await cloudflare("GET", "/tokens?per_page=50");
  const all = await cloudflare("GET", "/tokens?per_page=50&include_expired=true");

  const ids = ({ result }: { result: { id: string }[] }) => result.map((token) => token.id);
  expect(run.status).toBe(401);
  expect(ids(listed.json)).not.toContain(id);
  expect(ids(all.json)).toContain(id);
});

test("an account verifies its own tokens", async () => {
  const { cloudflare } = cloud();
  const { json } = await cloudflare("POST", "/tokens", { body: BODY });

  const verified = await cloudflare("GET", "/tokens/verify", { token: json.result.value });

  expect(verified.json.result).toEqual({ id: json.result.id, status: "active" });
});
