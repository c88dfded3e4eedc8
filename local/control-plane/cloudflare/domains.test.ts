import { beforeAll, expect, test } from "vitest";
import { useControlPlane } from "../../testing/control-plane.ts";
import { multipart } from "../../testing/upload.ts";

const cloud = useControlPlane();
const ZONE = { zone_id: "c0ffee", zone_name: "example.com" };

beforeAll(async () => {
  const { account, cloudflare } = cloud();
  account.zones.set(ZONE.zone_id, ZONE.zone_name);
  const script = multipart({ main_module: "index.js", compatibility_date: "" }, { "index.js": "export default {}" });
  await cloudflare("PUT", "/workers/scripts/worker", script);
});

test.each([
  ["its id", { zone_id: ZONE.zone_id }],
  ["its name", { zone_name: ZONE.zone_name }],
  ["nothing", {}],
])("a custom domain with its zone given by %s is created, read and deleted", async (_, zone) => {
  const { cloudflare } = cloud();
  const domain = { hostname: "claude.example.com", service: "worker" };

  const { json: created } = await cloudflare("PUT", "/workers/domains", { body: { ...domain, ...zone } });
  const read = await cloudflare("GET", `/workers/domains/${created.result.id}`);
  const list = await cloudflare("GET", "/workers/domains?service=worker");
  const deleted = await cloudflare("DELETE", `/workers/domains/${created.result.id}`);
  const afterDelete = await cloudflare("GET", `/workers/domains/${created.result.id}`);

  expect(created.result).toMatchObject({ id: expect.any(String), ...domain, ...ZONE, environment: "production" });
  expect(read.json.result).toEqual(created.result);
  expect(list.json.result).toEqual([created.result]);
  expect(deleted.status).toBe(200);
  expect(afterDelete.status).toBe(404);
});

test("a hostname outside the account's zones is refused, and so is a missing script", async () => {
  const { cloudflare } = cloud();

  const outside = await cloudflare("PUT", "/workers/domains", {
    body: { hostname: "a.example.org", service: "worker" },
  });
  const missing = await cloudflare("PUT", "/workers/domains", { body: { hostname: "a.example.com", service: "none" } });

  expect(outside).toMatchObject({ status: 400, json: { errors: [{ code: 10082 }] } });
  expect(missing).toMatchObject({ status: 404, json: { errors: [{ code: 10007 }] } });
});

test("zones are found by name", async () => {
  const { cloudflare } = cloud();

  const found = await cloudflare("GET", "/client/v4/zones?name=example.com");
  const none = await cloudflare("GET", "/client/v4/zones?name=example.org");

  expect(found.json).toMatchObject({ result: [{ id: "c0ffee", name: "example.com", account: { id: "account" } }] });
  expect(none.json).toMatchObject({ success: true, result: [], result_info: { total_count: 0 } });
});
