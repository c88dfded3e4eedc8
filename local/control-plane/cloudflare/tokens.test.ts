import { expect, test } from "vitest";
import { DEPLOY_TOKEN, useControlPlane } from "../../testing/control-plane.ts";

const cloud = useControlPlane();
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

test.each(["/client/v4/user/tokens/verify", "/tokens/verify"])(
  "%s accepts a valid token and refuses an unknown one",
  async (path) => {
    const { cloudflare } = cloud();

    const good = await cloudflare("GET", path, { token: DEPLOY_TOKEN });
    const bad = await cloudflare("GET", path, { token: "no-such-token" });

    expect(good.json).toMatchObject({
      result: { status: "active" },
      messages: [{ code: 10000, message: "This API Token is valid and active" }],
    });
    expect(bad).toMatchObject({ status: 401, json: { errors: [{ code: 1000, message: "Invalid API Token" }] } });
  },
);

test("an account verifies its own tokens", async () => {
  const { cloudflare } = cloud();
  const { json } = await cloudflare("POST", "/tokens", { body: BODY });

  const verified = await cloudflare("GET", "/tokens/verify", { token: json.result.value });

  expect(verified.json.result).toEqual({ id: json.result.id, status: "active" });
});
