/** What the stand-in providers make, the real provider plugins can make over HTTP. */
import { expect, test } from "vitest";
import { RESOURCES } from "../resources/index.ts";
import type { Inputs } from "../resources/resource-type.ts";
import { useControlPlane } from "../testing/control-plane.ts";

const cloud = useControlPlane();
const NAMES: Inputs = { serviceAccountId: "projects/x/serviceAccounts/x", publisherModelName: "publishers/x/models/x" };
const INPUTS: Inputs = new Proxy(NAMES, { get: (names, name) => names[String(name)] ?? "x" });

const REQUESTS = Object.entries(RESOURCES).flatMap(([type, { request }]) =>
  request ? [[type, request("create", INPUTS, "")] as const] : [],
);

test.each(REQUESTS)("the API can make a %s", async (_type, { method, url }) => {
  const { host, pathname } = new URL(url);
  const { cloudflare, google } = cloud();
  const call = host === "api.cloudflare.com" ? cloudflare(method, pathname) : google(method, host + pathname);

  expect(JSON.stringify(await call)).not.toMatch(/Could not route to|was not found on this server/);
});
