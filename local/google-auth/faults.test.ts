import { describe, expect, it } from "vitest";
import { type Call, callHost, openCall, useCloud } from "../testing/cloud.ts";

const cloud = useCloud();

const ENDPOINTS: readonly [string, Call, RegExp][] = [
  ["oauth2", { host: "oauth2.googleapis.com", path: "/token", body: "" }, /access_token/],
  ["sts", { host: "sts.googleapis.com", path: "/v1/token", body: "" }, /access_token/],
  [
    "iamcredentials",
    {
      host: "iamcredentials.googleapis.com",
      path: "/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:generateAccessToken",
      body: "{}",
    },
    /accessToken/,
  ],
];

describe.each(ENDPOINTS)("%s with a fault", (_name, call, token) => {
  it("sends JSON without a token", async () => {
    cloud().cloud.context.faults.set("google", { mode: "malformed" });
    const { status, text } = await callHost(cloud(), call);
    expect(status).toBe(200);
    expect(Object.keys(JSON.parse(text))).not.toHaveLength(0);
    expect(text).not.toMatch(token);
  });

  it("stalls in the middle of the token", async () => {
    cloud().cloud.context.faults.set("google", { mode: "stalled" });
    const answer = await openCall(cloud(), call);
    expect(answer.status).toBe(200);
    await expect(answer.until(token)).resolves.not.toMatch(/\}$/);
    expect(await answer.staysOpen()).toBe(true);
  });
});
