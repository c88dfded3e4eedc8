import { ACCOUNT_ID } from "../../local/sandbox/index.ts";
import { NAME } from "./deployment.ts";
import { describeLife } from "./lifecycle.ts";

describeLife({
  name: "workload identity",
  created: {
    googleAuth: "workloadIdentity",
    googleImpersonation: true,
    googleRole: "predictOnly",
    modelGarden: { models: ["claude-sonnet-4-6"] },
    spendLimits: [{ usd: 100, windowSeconds: 86_400 }],
    otel: { url: "https://otel.example.com/v1/traces" },
  },
  changed: {
    googleImpersonation: false,
    clients: [{ name: "default", epoch: 2 }, "ci"],
    rotation: { google: { epoch: 2 }, gatewayToken: { epoch: 2 } },
    spendLimits: [],
    routing: "direct",
  },
  changedSteps: [
    "create AccountToken claude-failover-gateway-run-2",
    "create IAMMember claude-failover-vertex-user-predictOnly-pool-claude-failover-e2e-local-project",
    "create PrivateKey claude-failover-vertex-signing-key-2",
    "create RandomPassword claude-failover-clients-ci-1",
    "create RandomPassword claude-failover-clients-default-2",
    "delete Account claude-failover-vertex",
    "delete IAMMember claude-failover-vertex-acting-claude-failover-e2e",
    "delete IAMMember claude-failover-vertex-user-predictOnly-claude-failover-e2e-local-project",
    "delete Service claude-failover-vertex-iamcredentials",
    "update AiGateway claude-failover-gateway",
    "update WorkersScript claude-failover-worker",
    "update WorkloadIdentityPoolProvider claude-failover-vertex-pool-provider",
  ],
  tamper({ account, project, script }) {
    for (const pool of project.pools.values()) {
      for (const provider of pool.providers.values()) provider.jwksJson = '{"keys":[]}';
    }
    account.tokens.clear();
    script.subdomainEnabled = false;
  },
  repairSteps: [
    "create AccountToken claude-failover-gateway-run-1",
    "create AccountToken claude-failover-gateway-run-2",
    "update WorkersScript claude-failover-worker",
    `update WorkersScriptSubdomain claude-failover-worker-subdomain-${NAME}-${ACCOUNT_ID}`,
    "update WorkloadIdentityPoolProvider claude-failover-vertex-pool-provider",
  ],
});
