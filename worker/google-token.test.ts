import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ServiceAccountKey, WorkloadIdentity } from "./bindings.ts";

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

const NEWEST: ServiceAccountKey = {
  type: "service_account",
  client_email: "a@p.iam.gserviceaccount.com",
  private_key: rsa.privateKey,
  private_key_id: "k1",
  token_uri: "https://oauth2.googleapis.com/token",
};
const FEDERATED: WorkloadIdentity = {
  type: "workload_identity",
  private_key: ec.privateKey,
  private_key_id: "k2",
  issuer: "https://worker.example",
  subject: "worker",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/w",
};

const KEY = [NEWEST] as const;
const IDENTITY = [FEDERATED] as const;

/** What Google is asked, and how the test answers it. */
let asked: { url: string; body: string; headers: Headers }[] = [];
let answers: (Response | Error | Promise<Response>)[] = [];
let kept: Promise<unknown>[] = [];
/** Resolved when Google is asked for the first time: signing takes a thread of its own, and real time. */
let wasAsked = Promise.withResolvers<void>();
const keepAlive = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) };
const token = (value: string, expiresIn = 3_599) => Response.json({ access_token: value, expires_in: expiresIn });

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  asked = [];
  answers = [];
  kept = [];
  wasAsked = Promise.withResolvers();
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    asked.push({ url, body: String(init.body), headers: new Headers(init.headers) });
    wasAsked.resolve();
    const answer = answers.shift();
    if (!answer || answer instanceof Error) throw answer ?? new Error("no answer was prepared");
    return answer;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A module of its own each time, as an isolate has. */
const isolate = () => import("./google-token.ts");

describe("the cached token", () => {
  it("is not there at first, and is fetched meanwhile", async () => {
    const { cachedToken } = await isolate();
    answers = [token("t1")];
    expect(cachedToken(KEY, keepAlive)).toBeUndefined();
    await Promise.all(kept);
    expect(cachedToken(KEY, keepAlive)).toBe("t1");
    expect(asked).toHaveLength(1);
  });

  it("is used until five minutes before its end without asking again", async () => {
    const { cachedToken, freshToken } = await isolate();
    answers = [token("t1")];
    await freshToken(KEY, keepAlive);
    vi.advanceTimersByTime(3_299_000 - 1);
    expect(cachedToken(KEY, keepAlive)).toBe("t1");
    expect(asked).toHaveLength(1);
  });

  it("is refreshed ahead, and used meanwhile", async () => {
    const { cachedToken, freshToken } = await isolate();
    answers = [token("t1"), token("t2")];
    await freshToken(KEY, keepAlive);
    vi.advanceTimersByTime(3_300_000);
    expect(cachedToken(KEY, keepAlive)).toBe("t1");
    await Promise.all(kept);
    expect(cachedToken(KEY, keepAlive)).toBe("t2");
    expect(asked).toHaveLength(2);
  });

  it("is not used in its last minute", async () => {
    const { cachedToken, freshToken } = await isolate();
    answers = [token("t1"), new Error("down")];
    await freshToken(KEY, keepAlive);
    vi.advanceTimersByTime(3_539_000);
    expect(cachedToken(KEY, keepAlive)).toBeUndefined();
    await Promise.all(kept);
  });
});

describe("a fresh token", () => {
  it("is fetched once for all that wait", async () => {
    const { freshToken } = await isolate();
    answers = [token("t1")];
    const all = await Promise.all([freshToken(KEY, keepAlive), freshToken(KEY, keepAlive), freshToken(KEY, keepAlive)]);
    expect(all).toEqual(["t1", "t1", "t1"]);
    expect(asked).toHaveLength(1);
  });

  it("is held for others by waitUntil, so that the request that asked may be answered first", async () => {
    const { cachedToken, freshToken } = await isolate();
    const answered = Promise.withResolvers<Response>();
    answers = [answered.promise];
    cachedToken(KEY, keepAlive);
    expect(kept).toHaveLength(1);
    const waiting = freshToken(KEY, keepAlive);
    answered.resolve(token("t1"));
    expect(await waiting).toBe("t1");
  });

  it("is not waited for longer than 10 s, and then minted anew", async () => {
    const { freshToken } = await isolate();
    answers = [new Promise<Response>(() => undefined), token("t2")];
    const waiting = expect(freshToken(KEY, keepAlive)).rejects.toThrow("google_token_timeout");
    await wasAsked.promise;
    await vi.advanceTimersByTimeAsync(10_000);
    await waiting;
    expect(await freshToken(KEY, keepAlive)).toBe("t2");
  });

  it.each<[string, Response | Error, string]>([
    [
      "refused",
      Response.json({ error: "invalid_grant", error_description: "a@p" }, { status: 400 }),
      "google_token_400",
    ],
    ["unreachable", new TypeError("fetch failed"), "google_unreachable"],
    ["no JSON", new Response("<html>"), "google_token_malformed"],
    ["no token", Response.json({ expires_in: 3 }), "google_token_malformed"],
    ["no lifetime", Response.json({ access_token: "t" }), "google_token_malformed"],
  ])("that is %s is told by a word of ours, and tried again next time", async (_what, answer, word) => {
    const { freshToken } = await isolate();
    answers = [answer, token("t2")];
    await expect(freshToken(KEY, keepAlive)).rejects.toThrow(word);
    expect(await freshToken(KEY, keepAlive)).toBe("t2");
  });
});

describe("a dropped token", () => {
  it("is minted anew, at most once a minute, and only if it is the one in use", async () => {
    const { cachedToken, dropToken, freshToken } = await isolate();
    answers = [token("t1"), token("t2"), token("t3")];
    await freshToken(KEY, keepAlive);
    dropToken("another");
    expect(cachedToken(KEY, keepAlive)).toBe("t1");
    dropToken("t1");
    expect(await freshToken(KEY, keepAlive)).toBe("t2");
    dropToken("t2");
    expect(cachedToken(KEY, keepAlive)).toBe("t2");
    vi.advanceTimersByTime(60_000);
    dropToken("t2");
    expect(await freshToken(KEY, keepAlive)).toBe("t3");
  });
});

describe("a workload identity", () => {
  const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());

  it("is exchanged for a federated token", async () => {
    const { freshToken } = await isolate();
    answers = [token("federated")];
    expect(await freshToken(IDENTITY, keepAlive)).toBe("federated");
    const form = new URLSearchParams(asked[0]?.body);
    expect(asked[0]?.url).toBe("https://sts.googleapis.com/v1/token");
    expect(form.get("audience")).toBe(FEDERATED.audience);
    const claims = claimsOf(form.get("subject_token") ?? "");
    expect(claims).toEqual({
      iss: FEDERATED.issuer,
      sub: "worker",
      aud: `https:${FEDERATED.audience}`,
      iat: 1_800_000_000 - 30,
      exp: 1_800_000_000 - 30 + 3_600,
    });
  });

  it("acts as a service account where one is named", async () => {
    const { cachedToken, freshToken } = await isolate();
    const expireTime = new Date(Date.now() + 3_600_000).toISOString();
    answers = [token("federated"), Response.json({ accessToken: "acting", expireTime })];
    const acting = { ...FEDERATED, service_account: "a@p.iam.gserviceaccount.com" };
    expect(await freshToken([acting], keepAlive)).toBe("acting");
    expect(asked[1]?.url).toBe(
      "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a%40p.iam.gserviceaccount.com:generateAccessToken",
    );
    expect(asked[1]?.headers.get("authorization")).toBe("Bearer federated");
    expect(cachedToken(IDENTITY, keepAlive)).toBe("acting");
  });
});

describe("a credential that is rotated", () => {
  const ROTATED = [{ ...NEWEST, private_key_id: "k3" }, NEWEST] as const;
  const signedBy = (body: string) => {
    const jwt = new URLSearchParams(body).get("assertion") ?? "";
    return JSON.parse(Buffer.from(jwt.split(".")[0] ?? "", "base64url").toString()).kid;
  };

  it("is the newest, as long as Google takes it", async () => {
    const { freshToken } = await isolate();
    answers = [token("t1")];
    expect(await freshToken(ROTATED, keepAlive)).toBe("t1");
    expect(asked.map(({ body }) => signedBy(body))).toEqual(["k3"]);
  });

  it("is the previous one where Google does not know the newest yet", async () => {
    const { freshToken } = await isolate();
    answers = [new Response(null, { status: 400 }), token("t1")];
    expect(await freshToken(ROTATED, keepAlive)).toBe("t1");
    expect(asked.map(({ body }) => signedBy(body))).toEqual(["k3", "k1"]);
  });

  it("is not asked for twice where Google cannot be reached", async () => {
    const { freshToken } = await isolate();
    answers = [new Error("reset")];
    await expect(freshToken(ROTATED, keepAlive)).rejects.toThrow("google_unreachable");
    expect(asked).toHaveLength(1);
  });
});
