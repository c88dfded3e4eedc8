import { expect, test } from "vitest";
import { useControlPlane } from "../../testing/control-plane.ts";

const cloud = useControlPlane();
const SERVICES = "serviceusage.googleapis.com/v1/projects/test-project/services";
const POOLS = "iam.googleapis.com/v1/projects/test-project/locations/global/workloadIdentityPools";
const POOL_NAME = "projects/100000000000/locations/global/workloadIdentityPools";
const OIDC = {
  allowedAudiences: ["aud1"],
  issuerUri: "https://issuer.example.com",
  jwksJson: '{ "keys": [{"kty":"EC","kid":"1","crv":"P-256","x":"x","y":"y"}] }',
};
const MAPPING = { attributeMapping: { "google.subject": "assertion.sub" } };

/** @returns the operation when it starts, and after its first poll */
async function run(method: string, url: string, body?: unknown) {
  const { google } = cloud();
  const started = await google(method, url, body);
  const polled = await google("GET", `${url.split("/")[0]}/v1/${started.json.name}`);
  return { started: started.json, done: polled.json };
}

test("an enabled service is listed, and a poll shows the finished operation", async () => {
  const { google } = cloud();
  const query = "?fields=services%2Fname%2CnextPageToken&filter=state%3AENABLED&pageSize=200";
  const service = "sts.googleapis.com";
  await run("POST", `${SERVICES}/${service}:disable`, { checkIfServiceHasUsage: "SKIP" });
  const before = await google("GET", `${SERVICES}${query}`);

  const { started, done } = await run("POST", `${SERVICES}/${service}:enable`, {});
  const after = await google("GET", `${SERVICES}${query}`);

  const listed = { name: `projects/100000000000/services/${service}` };
  expect(before.json.services).not.toContainEqual(expect.objectContaining(listed));
  expect(started).toEqual({ name: expect.stringMatching(/^operations\//) });
  expect(done).toMatchObject({
    name: started.name,
    done: true,
    response: { service: { state: "ENABLED", ...listed } },
  });
  expect(after.json.services).toContainEqual(expect.objectContaining(listed));
});

test("several services are enabled at once", async () => {
  const serviceIds = ["sts.googleapis.com", "iamcredentials.googleapis.com"];

  const { done } = await run("POST", `${SERVICES}:batchEnable`, { serviceIds });

  expect(done.response.services.map(({ state }: { state: string }) => state)).toEqual(["ENABLED", "ENABLED"]);
});

test("services are listed in pages", async () => {
  const { google } = cloud();

  const first = await google("GET", `${SERVICES}?pageSize=2`);
  const rest = await google("GET", `${SERVICES}?pageSize=200&pageToken=${first.json.nextPageToken}`);

  expect(first.json.services).toHaveLength(2);
  expect(rest.json.services).not.toContainEqual(first.json.services[0]);
  expect(rest.json).not.toHaveProperty("nextPageToken");
});

test("an unknown service is refused", async () => {
  const refused = await cloud().google("POST", `${SERVICES}/nothing.googleapis.com:enable`, {});

  expect(refused).toMatchObject({ status: 403, json: { error: { status: "PERMISSION_DENIED" } } });
});

test("a pool is created, read, changed and deleted, and keeps its id", async () => {
  const { google } = cloud();
  const path = `${POOLS}/pool-one`;

  const created = await run("POST", `${POOLS}?workloadIdentityPoolId=pool-one`, { displayName: "One" });
  const read = await google("GET", path);
  const rules = await google("GET", `${path}:listAttestationRules`);
  const changed = await run("PATCH", `${path}?updateMask=displayName`, { displayName: "Two" });
  await run("DELETE", path);
  const seen = await google("GET", path);
  const again = await google("POST", `${POOLS}?workloadIdentityPoolId=pool-one`, {});
  const twice = await google("DELETE", path);

  expect(created.started.name).toMatch(new RegExp(`^${POOL_NAME}/pool-one/operations/`));
  expect(created.done).toMatchObject({ done: true });
  expect(read.json).toEqual({ name: `${POOL_NAME}/pool-one`, state: "ACTIVE", displayName: "One" });
  expect(rules).toMatchObject({ status: 200, json: {} });
  expect(changed.done.response).toMatchObject({ displayName: "Two" });
  expect(seen.json).toMatchObject({ state: "DELETED", expireTime: expect.stringMatching(/Z$/) });
  expect(again).toMatchObject({ status: 409, json: { error: { status: "ALREADY_EXISTS" } } });
  expect(twice.status).toBe(404);
});

test("a provider is created, read, changed and deleted; its keys come back as the same text", async () => {
  const { google } = cloud();
  await run("POST", `${POOLS}?workloadIdentityPoolId=pool-two`, {});
  const providers = `${POOLS}/pool-two/providers`;
  const path = `${providers}/provider-one`;

  const created = await run("POST", `${providers}?workloadIdentityPoolProviderId=provider-one`, {
    ...MAPPING,
    oidc: OIDC,
  });
  const read = await google("GET", path);
  const body = { displayName: "One", ...MAPPING, oidc: { ...OIDC, issuerUri: "https://not.masked" } };
  const changed = await run("PATCH", `${path}?updateMask=displayName`, body);
  await run("DELETE", path);
  const seen = await google("GET", path);

  const name = `${POOL_NAME}/pool-two/providers/provider-one`;
  expect(created.started.name).toMatch(new RegExp(`^${name}/operations/`));
  expect(read.json).toEqual({ name, state: "ACTIVE", ...MAPPING, oidc: OIDC });
  expect(changed.done.response).toEqual({ ...read.json, displayName: "One" });
  expect(seen.json).toMatchObject({ state: "DELETED", expireTime: expect.stringMatching(/Z$/) });
});

test.each([
  ["a reserved id", `${POOLS}?workloadIdentityPoolId=gcp-pool`, {}, 400],
  ["a missing pool", `${POOLS}/none/providers?workloadIdentityPoolProviderId=p`, { ...MAPPING, oidc: OIDC }, 404],
  [
    "no attribute mapping",
    `${POOLS}/pool-three/providers?workloadIdentityPoolProviderId=provider`,
    { oidc: OIDC },
    400,
  ],
])("%s is refused", async (_, url, body, status) => {
  const { google } = cloud();
  await google("POST", `${POOLS}?workloadIdentityPoolId=pool-three`, {});

  expect(await google("POST", url, body)).toMatchObject({ status, json: { error: { code: status } } });
});

test("an unknown operation returns 404", async () => {
  const refused = await cloud().google("GET", "serviceusage.googleapis.com/v1/operations/none");

  expect(refused).toMatchObject({ status: 404, json: { error: { status: "NOT_FOUND" } } });
});

test("a model of Model Garden is enabled at once, on a host that also serves predictions", async () => {
  const { google, project } = cloud();
  const model = "publishers/anthropic/models/claude-opus-4-5@20251101";
  const path = `v1beta1/projects/test-project/${model}:enableModel`;

  const enabled = await google("POST", `us-east5-aiplatform.googleapis.com/${path}`, {});
  const refused = await google("POST", `us-east5-aiplatform.googleapis.com/${path}`, {}, "ya29.unknown");

  expect(enabled.json).toEqual({
    enablementState: "ENABLEMENT_STATE_SUCCEEDED",
    publisherEndpoint: `projects/test-project/locations/us-east5/${model}`,
  });
  expect(project.enabledModels).toContain(model);
  expect(refused.status).toBe(401);
});
