import { describe, expect, it } from "vitest";
import { UNKNOWN } from "../../../local/resources/provider-values.ts";
import { refusals } from "./limits.ts";

const GATEWAY = "cloudflare:index/aiGateway:AiGateway";

describe("a preview refuses", () => {
  it.each([
    [GATEWAY, "cacheTtl", -1],
    [GATEWAY, "logManagement", 5_000],
    [GATEWAY, "logManagementStrategy", "X"],
    [GATEWAY, "rateLimitingTechnique", "X"],
    [GATEWAY, "retryDelay", 5_001],
    [GATEWAY, "retryMaxAttempts", 0],
    ["pulumi:providers:cloudflare", "apiToken", "too-short"],
    ["cloudflare:index/accountToken:AccountToken", "policies", [{ effect: "maybe" }]],
    ["cloudflare:index/accountToken:AccountToken", "expiresOn", "tomorrow"],
    ["cloudflare:index/workersScript:WorkersScript", "usageModel", "X"],
    ["cloudflare:index/workersScript:WorkersScript", "observability", { logs: { invocationLogs: true } }],
    ["cloudflare:index/workersScript:WorkersScript", "observability", { enabled: true, logs: {} }],
    ["cloudflare:index/workersScript:WorkersScript", "bindings", [{ type: "plain_text", text: "" }]],
    ["gcp:serviceaccount/account:Account", "accountId", "short"],
    ["gcp:serviceaccount/account:Account", "accountId", "Capital-letters"],
    ["gcp:projects/service:Service", "service", "aiplatform"],
    ["gcp:projects/iAMMember:IAMMember", "member", "x@y"],
    ["gcp:projects/iAMMember:IAMMember", "member", "deleted:serviceAccount:x@y?uid=1"],
    ["gcp:projects/iAMCustomRole:IAMCustomRole", "permissions", []],
    ["gcp:iam/workloadIdentityPool:WorkloadIdentityPool", "workloadIdentityPoolId", "gcp-pool"],
    ["random:index/randomPassword:RandomPassword", "length", 0],
  ])("%s with %s %j", (type, input, value) => {
    expect(refusals(type, { [input]: value })).toEqual([{ input, reason: expect.any(String) }]);
  });

  it("several values at once, without repeating them", () => {
    const refused = refusals(GATEWAY, { cacheTtl: -77, rateLimitingLimit: -77, rateLimitingInterval: 0 });
    expect(refused.map(({ input }) => input)).toEqual(["cacheTtl", "rateLimitingLimit"]);
    expect(JSON.stringify(refused)).not.toContain("77");
  });
});

describe("a preview accepts", () => {
  it("ids that the API refuses but the real provider does not check", () => {
    expect(refusals(GATEWAY, { aiGatewayId: "Not An Id", cacheTtl: 30 })).toEqual([]);
  });

  it("a choice in another case", () => {
    expect(refusals(GATEWAY, { logManagementStrategy: "delete_oldest" })).toEqual([]);
  });

  it("inputs that are absent or not yet known", () => {
    expect(refusals("gcp:projects/iAMMember:IAMMember", { member: UNKNOWN })).toEqual([]);
    expect(refusals(GATEWAY, {})).toEqual([]);
  });
});
