/**
 * Prints how long the program's modules take to load, and how long the program runs, with mocks
 * that answer at once. Pulumi's SDK is loaded before the measurement, because the language host
 * needs it for every program. The time is the CPU time of this thread, so other processes do not
 * count.
 */
import * as pulumi from "@pulumi/pulumi";

const PROJECT = "claude-failover";
const SETTINGS = {
  cloudflareAccountId: "a".repeat(32),
  googleProject: "a-project",
  anthropicApiKey: "sk-ant-test-0123456789",
  vertexLocations: ["us-east5", "us", "eu", "global"],
  // More would not fit into the Worker's variable.
  clients: Array.from({ length: 40 }, (_, index) => ({ name: `client-${index}`, epoch: 2 })),
  models: Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `claude-${index}`,
      { vertexId: `claude-${index}`, locations: ["global", "us"] },
    ]),
  ),
  googleAuth: "workloadIdentity",
  googleImpersonation: true,
  googleRole: "predictOnly",
  rotation: { gatewayToken: { epoch: 2 }, google: { epoch: 2 } },
  spendLimits: Array.from({ length: 20 }, () => ({ usd: 1, windowSeconds: 60 })),
  domain: { hostname: "claude.example.com", zoneId: "a".repeat(32) },
  access: { emailDomains: ["example.com"] },
  protect: true,
};

const config = Object.entries(SETTINGS).map(([key, value]) => [
  `${PROJECT}:${key}`,
  typeof value === "string" ? value : JSON.stringify(value),
]);
pulumi.runtime.setAllConfig({ ...Object.fromEntries(config), "cloudflare:apiToken": "t".repeat(40) }, [
  `${PROJECT}:anthropicApiKey`,
  "cloudflare:apiToken",
]);
await pulumi.runtime.setMocks(
  { newResource: ({ name, inputs }) => ({ id: name, state: { ...inputs } }), call: ({ inputs }) => inputs },
  PROJECT,
  "dev",
  true,
  "organization",
);
const accept = (_hook: unknown, done: (error: null, answer: object) => void) => done(null, {});
Object.assign(pulumi.runtime.getMonitor() ?? {}, { registerResourceHook: accept, registerErrorHook: accept });

const startMs = threadMs();
const { default: program } = await import("../../infra/index.ts");
const loadedMs = threadMs();
await pulumi.runtime.runInPulumiStack(program);
await pulumi.runtime.disconnect();
console.log(JSON.stringify({ modulesMs: loadedMs - startMs, runMs: threadMs() - loadedMs }));
process.exit(0);

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
