import { beforeEach, expect, test } from "vitest";
import { DEPLOY_TOKEN, useControlPlane } from "../../testing/control-plane.ts";

const cloud = useControlPlane();

beforeEach(() => cloud().account.deployTokenLimits.clear());

function take(...lacks: string[]): void {
  cloud().account.deployTokenLimits.set(DEPLOY_TOKEN, { lacks });
}

test.each([
  ["AI Gateway", "/ai-gateway/gateways"],
  ["AI Gateway", "/ai-gateway/gateways/gateway/logs"],
  ["Account API Tokens", "/tokens"],
  ["Account API Tokens", "/tokens/permission_groups"],
  ["Access: Apps and Policies", "/access/apps"],
  ["Workers Scripts", "/workers/scripts"],
  ["Workers Scripts", "/workers/domains"],
  ["Workers Scripts", "/workers/subdomain"],
  ["Workers Routes", "/client/v4/zones/zone/workers/routes"],
  ["DNS", "/client/v4/zones/zone/dns_records"],
])("a token without %s cannot read %s, but with one of the two permissions it can", async (product, path) => {
  const { cloudflare, account } = cloud();
  account.zones.set("zone", "example.com");

  take(`${product} Read`, `${product} Write`);
  const without = await cloudflare("GET", path);
  take(`${product} Write`);
  const withRead = await cloudflare("GET", path);
  take(`${product} Read`);
  const withWrite = await cloudflare("GET", path);

  expect(without).toMatchObject({
    status: 403,
    json: { success: false, errors: [{ code: 10000, message: "Authentication error" }] },
  });
  expect([withRead.status, withWrite.status]).toEqual([200, 200]);
});

test.each([
  ["AI Gateway Write", "POST", "/ai-gateway/gateways"],
  ["Account API Tokens Write", "POST", "/tokens"],
  ["Access: Apps and Policies Write", "POST", "/access/apps"],
  ["Workers Scripts Write", "DELETE", "/workers/scripts/x"],
  ["Workers Observability Write", "POST", "/workers/observability/telemetry/query"],
  ["Workers Routes Write", "PUT", "/workers/domains"],
  ["DNS Write", "PUT", "/workers/domains"],
])("a token without %s cannot %s %s", async (permission, method, path) => {
  const { cloudflare } = cloud();

  take();
  const withIt = await cloudflare(method, path, { body: {} });
  take(permission);
  const without = await cloudflare(method, path, { body: {} });

  expect(withIt.status).not.toBe(403);
  expect(without.status).toBe(403);
});

test("a token without Zone Read gets an empty list of zones", async () => {
  const { cloudflare, account } = cloud();
  account.zones.set("zone", "example.com");

  take("Zone Read");
  const without = await cloudflare("GET", "/client/v4/zones");
  take();
  const withIt = await cloudflare("GET", "/client/v4/zones");

  expect(without).toMatchObject({ status: 200, json: { result: [] } });
  expect(withIt.json.result).toMatchObject([{ name: "example.com" }]);
});
