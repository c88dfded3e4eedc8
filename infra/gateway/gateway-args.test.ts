import { describe, expect, it } from "vitest";
import { OPTIONS } from "../settings/index.ts";
import { gatewayArgs } from "./gateway-args.ts";

describe("the arguments of a gateway", () => {
  it.each([
    ["no rate limit", {}, { rateLimitingLimit: 0, rateLimitingInterval: 0, rateLimitingTechnique: "fixed" }],
    [
      "a rate limit",
      { rateLimit: { requests: 600, intervalSeconds: 60, technique: "sliding" } },
      { rateLimitingLimit: 600, rateLimitingInterval: 60, rateLimitingTechnique: "sliding" },
    ],
    [
      "a smaller log that stops when it is full",
      { logs: { entries: 10_000, whenFull: "STOP_INSERTING" } },
      { logManagement: 10_000, logManagementStrategy: "STOP_INSERTING" },
    ],
    ["Logpush", { logpush: { publicKey: "PEM" } }, { logpush: true, logpushPublicKey: "PEM" }],
    ["Cloudflare's own data retention flag", { zeroDataRetention: true }, { zdr: true }],
    [
      "spend limits for all clients, for one client and for some models",
      {
        clients: ["ci"],
        spendLimits: [
          { usd: 100, windowSeconds: 86_400 },
          { usd: 5, windowSeconds: 3_600, client: "ci", technique: "sliding" },
          { usd: 1, windowSeconds: 60, models: ["claude-opus-5"] },
        ],
      },
      {
        spendLimits: {
          enabled: true,
          rules: [
            { id: "rule-1", enabled: true, limit: 100, limitType: "cost", technique: "fixed", window: 86_400 },
            {
              id: "rule-2",
              enabled: true,
              limit: 5,
              limitType: "cost",
              technique: "sliding",
              window: 3_600,
              metadata: { client: { mode: "filter", values: ["ci"] } },
            },
            {
              id: "rule-3",
              enabled: true,
              limit: 1,
              limitType: "cost",
              technique: "fixed",
              window: 60,
              model: { mode: "filter", values: ["claude-opus-5"] },
            },
          ],
        },
      },
    ],
    [
      "OpenTelemetry without a secret",
      { otel: { url: "https://otel.example.com/v1/traces" } },
      { otels: [{ url: "https://otel.example.com/v1/traces", headers: {}, contentType: "json" }] },
    ],
  ])("contain %s", (_what, given, expected) => {
    expect(gatewayArgs(OPTIONS.parse(given))).toMatchObject(expected);
  });

  it("always refuse billing through Cloudflare, disable the cache, and require authentication", () => {
    const always = { byokOnly: true, workersAiBillingMode: "postpaid", cacheTtl: 0, authentication: true };
    expect(gatewayArgs(OPTIONS.parse({}))).toMatchObject(always);
  });
});
