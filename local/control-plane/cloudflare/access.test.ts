import { expect, test } from "vitest";
import { useControlPlane } from "../../testing/control-plane.ts";

const cloud = useControlPlane();

test("an Access application is created, read, replaced and deleted", async () => {
  const { account, cloudflare } = cloud();
  account.zones.set("c0ffee", "example.com");
  const body = {
    name: "claude",
    type: "self_hosted",
    domain: "claude.example.com",
    session_duration: "24h",
    service_auth_401_redirect: true,
    policies: [{ decision: "allow", precedence: 1, include: [{ email_domain: { domain: "example.com" } }] }],
  };

  const { json: created } = await cloudflare("POST", "/access/apps", { body });
  const { id } = created.result;
  const read = await cloudflare("GET", `/access/apps/${id}`);
  const replaced = await cloudflare("PUT", `/access/apps/${id}`, { body: { ...body, session_duration: "1h" } });
  const list = await cloudflare("GET", "/access/apps");
  const deleted = await cloudflare("DELETE", `/access/apps/${id}`);
  const afterDelete = await cloudflare("GET", `/access/apps/${id}`);

  expect(created.result).toMatchObject({ ...body, aud: expect.any(String) });
  expect(created.result).toMatchObject({
    self_hosted_domains: [body.domain],
    destinations: [{ type: "public", uri: body.domain }],
  });
  expect(read.json.result).toEqual(created.result);
  expect(replaced.json.result).toMatchObject({ id, session_duration: "1h" });
  expect(list.json.result).toHaveLength(1);
  expect(deleted.json.result).toEqual({ id });
  expect(afterDelete.status).toBe(404);
});
