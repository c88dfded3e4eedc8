/**
 * Tests workload identity federation as a Worker without a key uses it: its own JWT → STS → Vertex,
 * directly or as a service account.
 */
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { RESOURCES } from "../resources/index.ts";
import type { Inputs } from "../resources/resource-type.ts";
import { callHost, PROJECT_ID, QUESTION, useCloud } from "../testing/cloud.ts";
import { PREDICT } from "./identity.ts";

const cloud = useCloud();
const ISSUER = "https://worker.example.com";
const SUBJECT = "claude-failover";
const POOL = { project: PROJECT_ID, workloadIdentityPoolId: "pool-1234" };
const POOL_NAME = "//iam.googleapis.com/projects/100000000000/locations/global/workloadIdentityPools/pool-1234";
const AUDIENCE = `${POOL_NAME}/providers/worker`;
const PRINCIPAL = `principal:${POOL_NAME}/subject/claude-failover`;
const ROLE = { project: PROJECT_ID, roleId: "claude_predict", title: "Predict", permissions: [PREDICT] };
const GRANT = { project: PROJECT_ID, role: `projects/${PROJECT_ID}/roles/claude_predict`, member: PRINCIPAL };

const keys = await generateKeyPair("ES256", { extractable: true });
const jwk = { ...(await exportJWK(keys.publicKey)), kid: "k1", alg: "ES256", use: "sig" };
const PROVIDER = {
  ...POOL,
  workloadIdentityPoolProviderId: "worker",
  attributeMapping: { "google.subject": "assertion.sub" },
  oidc: { issuerUri: ISSUER, jwksJson: JSON.stringify({ keys: [jwk] }) },
};

const resourceTypeOf = (type: string) => {
  const resourceType = RESOURCES[type];
  if (!resourceType) throw new Error(`no resource ${type}`);
  return resourceType;
};
const make = async (type: string, inputs: Inputs) =>
  resourceTypeOf(type).create(cloud().cloud.context.state, inputs, {});
const remove = (type: string, id: string, inputs: Inputs) =>
  resourceTypeOf(type).delete(cloud().cloud.context.state, id, inputs);

const POOL_TYPE = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool";
const PROVIDER_TYPE = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider";
const ROLE_TYPE = "gcp:projects/iAMCustomRole:IAMCustomRole";
const GRANT_TYPE = "gcp:projects/iAMMember:IAMMember";

interface TokenOptions {
  claims?: JWTPayload;
  kid?: string;
  key?: typeof keys.privateKey;
  lifetimeS?: number;
}

async function exchange(options: TokenOptions = {}, form: Record<string, string> = {}) {
  const { claims = {}, kid = "k1", key = keys.privateKey, lifetimeS = 3_600 } = options;
  const nowS = Math.floor(Date.now() / 1_000);
  const payload = { iss: ISSUER, sub: SUBJECT, aud: AUDIENCE, iat: nowS - 30, exp: nowS - 30 + lifetimeS, ...claims };
  const token = await new SignJWT(payload).setProtectedHeader({ alg: "ES256", typ: "JWT", kid }).sign(key);
  const answer = await callHost(cloud(), {
    host: "sts.googleapis.com",
    path: "/v1/token",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      audience: AUDIENCE,
      scope: "https://www.googleapis.com/auth/cloud-platform",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      subject_token: token,
      ...form,
    }).toString(),
  });
  return { status: answer.status, value: JSON.parse(answer.text) };
}

async function predict(accessToken: string): Promise<number> {
  const { model, ...prompt } = QUESTION;
  const { status } = await callHost(cloud(), {
    host: "us-east5-aiplatform.googleapis.com",
    path: `/v1/projects/${PROJECT_ID}/locations/us-east5/publishers/anthropic/models/${model}:rawPredict`,
    headers: { authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ ...prompt, anthropic_version: "vertex-2023-10-16" }),
  });
  return status;
}

beforeAll(async () => {
  await make(POOL_TYPE, POOL);
  await make(PROVIDER_TYPE, PROVIDER);
  await make(ROLE_TYPE, ROLE);
});

describe("the STS", () => {
  it("issues an access token for a JWT signed with the uploaded key", async () => {
    const { status, value } = await exchange();
    expect(status).toBe(200);
    expect(value).toEqual({
      access_token: expect.stringMatching(/^ya29\./),
      issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
      token_type: "Bearer",
      expires_in: 3_599,
    });
  });

  it("accepts the provider's name as audience, with or without https:", async () => {
    expect((await exchange({ claims: { aud: `https:${AUDIENCE}` } })).status).toBe(200);
  });

  it.each<[string, TokenOptions]>([
    ["another issuer", { claims: { iss: "https://evil.example.com" } }],
    ["another audience", { claims: { aud: "https://sts.googleapis.com" } }],
    ["no subject", { claims: { sub: "" } }],
    ["a subject over 127 bytes", { claims: { sub: "s".repeat(128) } }],
    ["a lifetime of two days", { lifetimeS: 48 * 3_600 }],
    ["an expiry in the past", { lifetimeS: 10 }],
    ["an unknown key id", { kid: "k2" }],
  ])("refuses a JWT with %s", async (_what, options) => {
    expect(await exchange(options)).toMatchObject({ status: 400, value: { error: "invalid_grant" } });
  });

  it("refuses a JWT signed with another key", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    expect(await exchange({ key: privateKey })).toMatchObject({ status: 400, value: { error: "invalid_grant" } });
  });

  it.each([
    ["audience", AUDIENCE.replace("100000000000", PROJECT_ID), "invalid_target"],
    ["audience", AUDIENCE.replace("worker", "nobody"), "invalid_target"],
    ["grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "invalid_request"],
    ["requested_token_type", "x", "invalid_request"],
    ["subject_token_type", "x", "invalid_request"],
    ["scope", "", "invalid_request"],
  ])("refuses a form with %s %j", async (name, value, error) => {
    expect(await exchange({}, { [name]: value })).toMatchObject({ status: 400, value: { error } });
  });

  it("acts out Google's faults", async () => {
    cloud().cloud.context.faults.set("google", { mode: "status", status: 503, times: 1 });
    expect((await exchange()).status).toBe(503);
    cloud().cloud.context.faults.set("google", { mode: "refused", times: 1 });
    await expect(exchange()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect((await exchange()).status).toBe(200);
  });
});

describe("a principal", () => {
  it("may predict only while a custom role of the project grants it", async () => {
    const { value } = await exchange();
    expect(await predict(value.access_token)).toBe(403);
    const { id } = await make(GRANT_TYPE, GRANT);
    expect(await predict(value.access_token)).toBe(200);
    remove(ROLE_TYPE, "role", ROLE);
    expect(await predict(value.access_token)).toBe(403);
    await make(ROLE_TYPE, ROLE);
    expect(await predict(value.access_token)).toBe(200);
    remove(GRANT_TYPE, id, GRANT);
    expect(await predict(value.access_token)).toBe(403);
  });

  it("may act as a service account that grants it workloadIdentityUser", async () => {
    const account = await make("gcp:serviceaccount/account:Account", { project: PROJECT_ID, accountId: "claude" });
    const email = account.outputs.email;
    await make(GRANT_TYPE, { project: PROJECT_ID, role: "roles/aiplatform.user", member: `serviceAccount:${email}` });
    const { value } = await exchange();
    const impersonate = async (lifetime = "3600s") => {
      const answer = await callHost(cloud(), {
        host: "iamcredentials.googleapis.com",
        path: `/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
        headers: { authorization: `Bearer ${value.access_token}` },
        body: JSON.stringify({ scope: ["https://www.googleapis.com/auth/cloud-platform"], lifetime }),
      });
      return { status: answer.status, value: JSON.parse(answer.text) };
    };
    expect(await impersonate()).toMatchObject({ status: 403, value: { error: { status: "PERMISSION_DENIED" } } });
    await make("gcp:serviceaccount/iAMMember:IAMMember", {
      serviceAccountId: account.id,
      role: "roles/iam.workloadIdentityUser",
      member: PRINCIPAL,
    });
    const issued = await impersonate();
    expect(issued.status).toBe(200);
    expect(await predict(issued.value.accessToken)).toBe(200);
    expect((await impersonate("3601s")).status).toBe(400);
  });
});

describe("the resources", () => {
  it.each<[string, string, Inputs, RegExp]>([
    ["a pool id with Google's prefix", POOL_TYPE, { ...POOL, workloadIdentityPoolId: "gcp-pool" }, /gcp-/],
    ["a short pool id", POOL_TYPE, { ...POOL, workloadIdentityPoolId: "abc" }, /4 to 32/],
    ["a pool id that is taken", POOL_TYPE, POOL, /409/],
    ["a provider without a pool", PROVIDER_TYPE, { ...PROVIDER, workloadIdentityPoolId: "none" }, /404/],
    [
      "a text that is not a key set",
      PROVIDER_TYPE,
      { ...PROVIDER, ...provider("p-keys", { jwksJson: "{}" }) },
      /Key Set/,
    ],
    [
      "a private key",
      PROVIDER_TYPE,
      { ...PROVIDER, ...provider("p-private", { jwksJson: withPrivateKey() }) },
      /member d/,
    ],
    [
      "an issuer without TLS",
      PROVIDER_TYPE,
      { ...PROVIDER, ...provider("p-http", { issuerUri: "http://x" }) },
      /https/,
    ],
    ["an existing role id", ROLE_TYPE, ROLE, /already exists and must be imported/],
    ["a role without permissions", ROLE_TYPE, { ...ROLE, roleId: "empty", permissions: [] }, /permissions/],
    ["a grant of a missing role", GRANT_TYPE, { ...GRANT, role: `projects/${PROJECT_ID}/roles/none` }, /Role/],
    ["a grant to a missing pool", GRANT_TYPE, { ...GRANT, member: PRINCIPAL.replace("1234", "0") }, /exist/],
  ])("refuse %s", async (_what, type, inputs, message) => {
    await expect(make(type, inputs)).rejects.toThrow(message);
  });

  it("keep the id of a deleted pool, and refuse grants to its principals", async () => {
    const doomed = { ...POOL, workloadIdentityPoolId: "doomed" };
    const { id } = await make(POOL_TYPE, doomed);
    remove(POOL_TYPE, id, doomed);
    await expect(make(POOL_TYPE, doomed)).rejects.toThrow(/409/);
    const member = PRINCIPAL.replace("pool-1234", "doomed");
    await expect(make(GRANT_TYPE, { ...GRANT, member })).rejects.toThrow(/does not exist/);
  });

  it("create a key pair for ES256 and mark the private key as secret", async () => {
    const { outputs, secretOutputs } = await make("tls:index/privateKey:PrivateKey", {
      algorithm: "ECDSA",
      ecdsaCurve: "P256",
    });
    expect(secretOutputs).toContain("privateKeyPemPkcs8");
    expect(outputs.privateKeyPemPkcs8).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(outputs.publicKeyPem).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  });
});

function provider(id: string, oidc: object) {
  return { workloadIdentityPoolProviderId: id, oidc: { ...PROVIDER.oidc, ...oidc } };
}

function withPrivateKey(): string {
  return JSON.stringify({ keys: [{ ...jwk, d: "AA" }] });
}
