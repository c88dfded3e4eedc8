import { expect, test } from "vitest";
import { callHost } from "../../testing/cloud.ts";
import { DEPLOY_TOKEN, useControlPlane } from "../../testing/control-plane.ts";

const cloud = useControlPlane();
/** The body that the provider sends for the program's gateway. */
const BODY = {
  authentication: true,
  cache_invalidate_on_update: false,
  cache_ttl: 0,
  collect_logs: true,
  id: "claude-failover-dev",
  log_management: 200_000,
  log_management_strategy: "DELETE_OLDEST",
  logpush: false,
  rate_limiting_interval: 0,
  rate_limiting_limit: 0,
  rate_limiting_technique: "fixed",
  workers_ai_billing_mode: "postpaid",
  zdr: false,
};
const PATH = "/ai-gateway/gateways";

test("a gateway is created, read, replaced and deleted", async () => {
  const { cloudflare } = cloud();

  const created = await cloudflare("POST", PATH, { body: BODY });
  const read = await cloudflare("GET", `${PATH}/${BODY.id}`);
  const replaced = await cloudflare("PUT", `${PATH}/${BODY.id}`, {
    body: { ...BODY, authentication: null, cache_ttl: 300 },
  });
  const deleted = await cloudflare("DELETE", `${PATH}/${BODY.id}`);
  const afterDelete = await cloudflare("GET", `${PATH}/${BODY.id}`);

  expect(created).toMatchObject({ status: 200, json: { success: true, errors: [], result: BODY } });
  expect(created.json.result).toMatchObject({ is_default: false, created_at: expect.stringMatching(/Z$/) });
  expect(read.json.result).toEqual(created.json.result);
  expect(replaced.json.result).toMatchObject({ cache_ttl: 300, authentication: false });
  expect(deleted.status).toBe(200);
  expect(afterDelete).toMatchObject({ status: 404, json: { success: false, errors: [{ code: 7002 }], result: null } });
});

test("a setting that a PUT leaves out gets its default", async () => {
  const { cloudflare } = cloud();
  await cloudflare("POST", PATH, { body: { ...BODY, id: "replaced", byok_only: true, otel: [{ url: "https://o" }] } });
  const { log_management, authentication, ...rest } = BODY;

  await cloudflare("PUT", `${PATH}/replaced`, { body: rest });

  const { json } = await cloudflare("GET", `${PATH}/replaced`);
  expect(json.result).toMatchObject({ authentication: false, byok_only: false, otel: [], log_management: 100_000 });
});

test("spend limits and exports come back with the names they were sent with", async () => {
  const { cloudflare } = cloud();
  const metadata = { Team_A: { mode: "filter", values: ["one"] } };
  const rule = {
    id: "rule-1",
    enabled: true,
    limit: 5,
    limitType: "cost",
    technique: "fixed",
    window: 3_600,
    metadata,
  };
  const settings = {
    otel: [{ url: "https://otel.example.com", content_type: "json", headers: { "X-Api_Key": "key" } }],
    spend_limits: { enabled: true, rules: [rule] },
  };

  await cloudflare("POST", PATH, { body: { ...BODY, ...settings, id: "limited" } });

  const { json } = await cloudflare("GET", `${PATH}/limited`);
  expect(json.result).toMatchObject(settings);
});

test("unset settings come back in a form that the provider sees as unchanged", async () => {
  const { cloudflare } = cloud();
  const { logpush, zdr, ...few } = BODY;
  await cloudflare("POST", PATH, { body: { ...few, id: "few" } });

  const { json } = await cloudflare("GET", `${PATH}/few`);

  const unset = { dlp: null, guardrails: null, stripe: null, retry_max_attempts: null };
  expect(json.result).toMatchObject({ ...unset, otel: [], spend_limits: { enabled: false, rules: [] } });
});

test("gateways are listed in pages and found by part of the id", async () => {
  const { cloudflare } = cloud();
  for (const id of ["page-a", "page-b", "page-c"]) await cloudflare("POST", PATH, { body: { ...BODY, id } });

  const { json } = await cloudflare("GET", `${PATH}?search=page-&per_page=2&page=2`);

  expect(json.result.map(({ id }: { id: string }) => id)).toEqual(["page-c"]);
  expect(json.result_info).toEqual({ page: 2, per_page: 2, count: 1, total_count: 3, total_pages: 2 });
});

test.each([
  ["an existing id", { ...BODY, id: "gateway" }, 409, 7001],
  ["a capital letter in the id", { ...BODY, id: "Gateway" }, 400, 7001],
  ["no id", { ...BODY, id: undefined }, 400, 7001],
  ["no cache_ttl", { ...BODY, id: "x", cache_ttl: undefined }, 400, 7001],
  ["a body that is not JSON", "{", 400, 7001],
])("a gateway with %s is refused with x-should-retry: false", async (_, body, status, code) => {
  const refused = await cloud().cloudflare("POST", PATH, { body });

  expect(refused).toMatchObject({ status, json: { success: false, errors: [{ code }] } });
  expect(refused.headers.get("x-should-retry")).toBe("false");
});

test.each([
  ["no token", undefined],
  ["another account's token", "somebody-elses-token"],
])("returns 403 for %s", async (_, token) => {
  const refused = await cloud().cloudflare("GET", PATH, { token });

  expect(refused).toMatchObject({
    status: 403,
    json: { errors: [{ code: 10000, message: "Authentication error" }], result: null },
  });
  expect(refused.headers.get("x-should-retry")).toBe("false");
});

test("an unknown path returns 404 with code 7003", async () => {
  const refused = await cloud().cloudflare("GET", "/no/such/thing");

  expect(refused).toMatchObject({ status: 404, json: { errors: [{ code: 7003 }] } });
});

test("the API answers under its own host name", async () => {
  const answer = await callHost(cloud(), {
    host: "api.cloudflare.com",
    path: "/client/v4/accounts/account/ai-gateway/gateways/gateway",
    headers: { authorization: `Bearer ${DEPLOY_TOKEN}` },
  });

  expect(JSON.parse(answer.text).result).toMatchObject({ id: "gateway", byok_only: true });
});
