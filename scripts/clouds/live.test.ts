/** The real clouds get the deployer's credentials, at the addresses that the providers use. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { z } from "zod";
import { liveClouds } from "./live.ts";

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const opened of open.splice(0)) opened.close();
});

/** @returns the address of a server, and what each request said: its path and its credential */
async function listen() {
  const seen: string[] = [];
  const server = createServer(({ url, headers }, response) => {
    seen.push(`${url} ${headers.authorization}`);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ success: true, result: {}, projectId: "p" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push({ close: () => server.closeAllConnections() }, server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const clouds = (environment: Readonly<Record<string, string>>, configured: Readonly<Record<string, string>> = {}) =>
  liveClouds(environment, async () => configured, new AbortController().signal);

it.each([
  ["the environment's token", { CLOUDFLARE_API_TOKEN: "environment" }, {}, "environment"],
  [
    "the configuration's token first",
    { CLOUDFLARE_API_TOKEN: "environment" },
    { "cloudflare:apiToken": "configured" },
    "configured",
  ],
  ["a token that was pasted with a Windows line end", { CLOUDFLARE_API_TOKEN: "environment\r\n" }, {}, "environment"],
])("Cloudflare gets %s", async (_what, environment, configured, token) => {
  const { url, seen } = await listen();

  await clouds({ ...environment, CLOUDFLARE_BASE_URL: `${url}/client/v4/` }, configured).cloudflare.get(
    "user",
    z.object({}),
  );

  expect(seen).toEqual([`/client/v4/user Bearer ${token}`]);
});

it.each([
  ["no token", {}],
  ["a token of line ends", { CLOUDFLARE_API_TOKEN: "\r\n" }],
])("%s is one line, with the command that repairs it", async (_what, environment) => {
  await expect(clouds(environment).cloudflare.get("user", z.object({}))).rejects.toMatchObject({
    message: "there is no Cloudflare API token",
    cure: "export CLOUDFLARE_API_TOKEN",
  });
});

it("Google gets the environment's access token, at the provider's own address", async () => {
  const { url, seen } = await listen();
  const { google } = clouds({
    GOOGLE_OAUTH_ACCESS_TOKEN: "access\r\n",
    GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT: `${url}/v1/`,
  });

  await google.get("cloudresourcemanager.googleapis.com", "v1/projects/p", z.object({ projectId: z.string() }));

  expect(seen).toEqual(["/v1/projects/p Bearer access"]);
});
