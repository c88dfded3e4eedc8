import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CurrentAndPrevious } from "../bindings.ts";
import type { GoogleCredential, ServiceAccountKey, WorkloadIdentity } from "./credential.ts";
import { exchange } from "./token-exchange.ts";

const rsa = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const ec = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

const KEY: ServiceAccountKey = {
  type: "service_account",
  client_email: "a@p.iam.gserviceaccount.com",
  private_key: rsa.privateKey,
  private_key_id: "k1",
  token_uri: "https://oauth2.googleapis.com/token",
};
const IDENTITY: WorkloadIdentity = {
  type: "workload_identity",
  private_key: ec.privateKey,
  private_key_id: "k2",
  issuer: "https://worker.example",
  subject: "worker",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/w",
};
const NOW_S = 1_800_000_000;

type Answer = Response | Error;
const token = (value: string, expiresIn: unknown = 3_599) =>
  Response.json({ access_token: value, expires_in: expiresIn });

interface Asked {
  url: string;
  method: string | undefined;
  redirect: string | undefined;
  body: string;
  headers: Headers;
}

/** Replaces Google by prepared answers. @returns the requests that it receives */
function google(...answers: Answer[]): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const { method, redirect, body, headers } = init;
    asked.push({ url, method, redirect, body: String(body), headers: new Headers(headers) });
    const answer = answers.shift() ?? new Error("no answer was prepared");
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return asked;
}

const exchanged = (credentials: CurrentAndPrevious<GoogleCredential>) =>
  exchange(credentials, new AbortController().signal);

function partOf(jwt: string | null, index: number): unknown {
  return JSON.parse(Buffer.from(jwt?.split(".")[index] ?? "", "base64url").toString());
}

async function isSigned(
  jwt: string | null,
  publicKey: string,
  algorithm: { name: string; hash?: string; namedCurve?: string },
) {
  const [header, claims, signature] = (jwt ?? "").split(".");
  const bytes = Buffer.from(publicKey.replace(/-----[^-]+-----|\s/g, ""), "base64");
  const key = await crypto.subtle.importKey("spki", bytes, algorithm, false, ["verify"]);
  const signed = new TextEncoder().encode(`${header}.${claims}`);
  return crypto.subtle.verify(
    { hash: "SHA-256", ...algorithm },
    key,
    Buffer.from(signature ?? "", "base64url"),
    signed,
  );
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW_S * 1_000 });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a service account's key", () => {
  it("is exchanged at its own token endpoint", async () => {
    const asked = google(token("t1"));

    expect(await exchanged({ current: KEY })).toEqual({ value: "t1", expiresAtMs: (NOW_S + 3_599) * 1_000 });
    expect(asked.map(({ url }) => url)).toEqual([KEY.token_uri]);
  });

  it("is not sent again after a redirect", async () => {
    const asked = google(token("t1"));

    await exchanged({ current: KEY });

    expect(asked).toMatchObject([{ method: "POST", redirect: "manual" }]);
  });

  it("signs an assertion that is valid for an hour and dated back by 30 s", async () => {
    const asked = google(token("t1"));

    await exchanged({ current: KEY });

    const form = new URLSearchParams(asked[0]?.body);
    const jwt = form.get("assertion");
    expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    expect(partOf(jwt, 0)).toEqual({ alg: "RS256", typ: "JWT", kid: "k1" });
    expect(partOf(jwt, 1)).toEqual({
      iss: KEY.client_email,
      sub: KEY.client_email,
      scope: "https://www.googleapis.com/auth/cloud-platform",
      aud: KEY.token_uri,
      iat: NOW_S - 30,
      exp: NOW_S - 30 + 3_600,
    });
    expect(await isSigned(jwt, rsa.publicKey, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" })).toBe(true);
  });
});

describe("a workload identity", () => {
  it("is exchanged for a federated token", async () => {
    const asked = google(token("federated"));

    expect((await exchanged({ current: IDENTITY })).value).toBe("federated");
    expect(asked.map(({ url }) => url)).toEqual(["https://sts.googleapis.com/v1/token"]);
  });

  it("signs a subject token for the pool", async () => {
    const asked = google(token("federated"));

    await exchanged({ current: IDENTITY });

    const form = new URLSearchParams(asked[0]?.body);
    const jwt = form.get("subject_token");
    expect(Object.fromEntries(form)).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      audience: IDENTITY.audience,
      scope: "https://www.googleapis.com/auth/cloud-platform",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      subject_token: jwt,
    });
    expect(partOf(jwt, 0)).toEqual({ alg: "ES256", typ: "JWT", kid: "k2" });
    expect(partOf(jwt, 1)).toEqual({
      iss: IDENTITY.issuer,
      sub: "worker",
      aud: `https:${IDENTITY.audience}`,
      iat: NOW_S - 30,
      exp: NOW_S - 30 + 3_600,
    });
    expect(await isSigned(jwt, ec.publicKey, { name: "ECDSA", namedCurve: "P-256" })).toBe(true);
  });

  it("impersonates a service account if one is named", async () => {
    const expireTime = new Date((NOW_S + 3_600) * 1_000).toISOString();
    const asked = google(token("federated"), Response.json({ accessToken: "acting", expireTime }));

    const impersonated = await exchanged({ current: { ...IDENTITY, service_account: "a@p.iam.gserviceaccount.com" } });

    expect(impersonated).toEqual({ value: "acting", expiresAtMs: (NOW_S + 3_600) * 1_000 });
    expect(asked[1]?.url).toBe(
      "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" +
        "a%40p.iam.gserviceaccount.com:generateAccessToken",
    );
    expect(asked[1]?.headers.get("authorization")).toBe("Bearer federated");
    expect(asked[1]?.headers.get("content-type")).toBe("application/json");
    expect(JSON.parse(asked[1]?.body ?? "")).toEqual({
      scope: ["https://www.googleapis.com/auth/cloud-platform"],
      lifetime: "3600s",
    });
  });
});

describe("an answer from Google", () => {
  it.each<[string, Answer, string]>([
    ["with a refusal", Response.json({ error_description: "a@p" }, { status: 400 }), "google_token_400"],
    ["with a redirect", new Response(null, { status: 302, headers: { location: "https://x" } }), "google_token_302"],
    ["that is not JSON", new Response("<html>"), "google_token_malformed"],
    ["without a token", Response.json({ expires_in: 3 }), "google_token_malformed"],
    ["without a lifetime", Response.json({ access_token: "t" }), "google_token_malformed"],
    ["with a word as its lifetime", token("t", "soon"), "google_token_malformed"],
  ])("%s becomes one of our words, without Google's text", async (_what, answer, word) => {
    google(answer);

    await expect(exchanged({ current: KEY })).rejects.toThrow(new RegExp(`^${word}$`));
  });

  it("that does not arrive rejects with the error of `fetch`", async () => {
    google(new TypeError("fetch failed"));

    await expect(exchanged({ current: KEY })).rejects.toThrow("fetch failed");
  });
});

describe("during a rotation", () => {
  const ROTATED = { current: { ...KEY, private_key_id: "k3" }, previous: KEY };
  const signedBy = (asked: readonly Asked[]) =>
    asked.map(({ body }) => (partOf(new URLSearchParams(body).get("assertion"), 0) as { kid: string }).kid);

  it("the current credential is used while Google accepts it", async () => {
    const asked = google(token("t1"));

    await exchanged(ROTATED);

    expect(signedBy(asked)).toEqual(["k3"]);
  });

  it("the previous credential is used if Google does not know the current one yet", async () => {
    const asked = google(new Response(null, { status: 400 }), token("t1"));

    expect((await exchanged(ROTATED)).value).toBe("t1");
    expect(signedBy(asked)).toEqual(["k3", "k1"]);
  });

  it("the previous credential is not tried if Google cannot be reached", async () => {
    const asked = google(new Error("reset"));

    await expect(exchanged(ROTATED)).rejects.toThrow("reset");
    expect(asked).toHaveLength(1);
  });
});
