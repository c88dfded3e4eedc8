import { expect, test } from "vitest";
import { useControlPlane } from "../../testing/control-plane.ts";
import { multipart } from "../../testing/upload.ts";

const cloud = useControlPlane();
const SCRIPT = "/workers/scripts/worker";

async function upload(text: string): Promise<string> {
  const { cloudflare, account } = cloud();
  const bindings = [{ name: "KEY", type: "secret_text", text }];
  const metadata = { main_module: "index.js", compatibility_date: "2026-11-01", bindings };
  await cloudflare("PUT", SCRIPT, multipart(metadata, { "index.js": "export default {};" }));
  return account.scripts.get("worker")?.versionId ?? "";
}

test("the newest upload is the version that serves all traffic", async () => {
  const { cloudflare } = cloud();
  const first = await upload("one");
  const second = await upload("two");

  const { json: deployments } = await cloudflare("GET", `${SCRIPT}/deployments`);
  const { json: versions } = await cloudflare("GET", `${SCRIPT}/versions`);

  expect(second).not.toBe(first);
  expect(deployments.result.deployments).toMatchObject([
    {
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      strategy: "percentage",
      versions: [{ version_id: second, percentage: 100 }],
      created_on: expect.any(String),
    },
  ]);
  expect(versions.result.items).toMatchObject([{ id: second, metadata: { source: "api" } }]);
});

test("a version shows its bindings without the values of secrets", async () => {
  const { cloudflare } = cloud();
  const id = await upload("secret value");

  const version = await cloudflare("GET", `${SCRIPT}/versions/${id}`);
  const unknown = await cloudflare("GET", `${SCRIPT}/versions/unknown`);

  expect(version.json.result).toMatchObject({ id, resources: { bindings: [{ name: "KEY", type: "secret_text" }] } });
  expect(JSON.stringify(version.json)).not.toContain("secret value");
  expect(unknown.status).toBe(404);
});

test.each(["deployments", "versions"])("a missing script has no %s", async (list) => {
  const missing = await cloud().cloudflare("GET", `/workers/scripts/missing/${list}`);

  expect(missing).toMatchObject({ status: 404, json: { errors: [{ code: 10007 }] } });
});

test("the account's settings and its scripts can be read", async () => {
  const { cloudflare } = cloud();
  await upload("one");

  const settings = await cloudflare("GET", "/workers/account-settings");
  const scripts = await cloudflare("GET", "/workers/scripts");

  expect(settings.json.result).toEqual({ default_usage_model: "standard", green_compute: false });
  expect(scripts.json.result).toMatchObject([{ id: "worker", modified_on: expect.any(String) }]);
});
