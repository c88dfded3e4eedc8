import { ACCOUNT_ID } from "../../local/sandbox/index.ts";
import { NAME } from "./deployment.ts";
import { describeLife, ZONE_ID } from "./lifecycle.ts";

describeLife({
  name: "a service account's key",
  created: { googleAuth: "serviceAccountKey" },
  changed: {
    clients: [{ name: "default", epoch: 2, requestsPerMinute: 600 }, "ci"],
    rotation: { google: { epoch: 2 }, gatewayToken: { epoch: 2 } },
    timeouts: { firstByteMs: 30_000 },
    rateLimit: { requests: 600, intervalSeconds: 60 },
    spendLimits: [
      { usd: 100, windowSeconds: 86_400 },
      { usd: 5, windowSeconds: 3_600, technique: "sliding", client: "ci", models: ["claude-sonnet-4-6"] },
    ],
    otel: { url: "https://otel.example.com/v1/traces", headers: { "X-Environment": "e2e" } },
    logpush: {},
    zeroDataRetention: true,
    domain: { hostname: "claude.example.com", zoneId: ZONE_ID },
    access: { emailDomains: ["example.com"], serviceTokenIds: ["6f2a9f6a-7f0e-4a4c-9a5b-0d6f5a1b2c3d"] },
  },
  changedSteps: [
    "create AccountToken claude-failover-gateway-run-2",
    "create Key claude-failover-vertex-key-2",
    "create RandomPassword claude-failover-clients-ci-1",
    "create RandomPassword claude-failover-clients-default-2",
    "create WorkersCustomDomain claude-failover-worker-domain-claude.example.com",
    "create ZeroTrustAccessApplication claude-failover-worker-access",
    "update AiGateway claude-failover-gateway",
    "update WorkersScript claude-failover-worker",
    `update WorkersScriptSubdomain claude-failover-worker-subdomain-${NAME}-${ACCOUNT_ID}`,
  ],
  tamper({ account, project, script }) {
    const gateway = account.gateways.get(NAME);
    if (gateway) gateway.authentication = false;
    script.content = "export default {}";
    account.customDomains.clear();
    project.policy.get("roles/aiplatform.user")?.clear();
  },
  repairSteps: [
    "create IAMMember claude-failover-vertex-user-aiplatform.user-claude-failover-e2e-local-project",
    "create WorkersCustomDomain claude-failover-worker-domain-claude.example.com",
    "update AiGateway claude-failover-gateway",
    "update WorkersScript claude-failover-worker",
  ],
});
