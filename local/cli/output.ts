/** What `npm start` says: what was made, and how to use it. */
import pc from "picocolors";
import type { Sandbox } from "../sandbox/index.ts";
import { breakerText } from "./demo.ts";
import { plainTable } from "./plain-table.ts";

/** Resource type → what it is, and which of its inputs names it. */
const KINDS: Readonly<Record<string, { cloud: string; what: string; name: string }>> = {
  "cloudflare:index/aiGateway:AiGateway": { cloud: "Cloudflare", what: "AI Gateway", name: "aiGatewayId" },
  "cloudflare:index/accountToken:AccountToken": { cloud: "Cloudflare", what: "API token", name: "name" },
  "cloudflare:index/workersScript:WorkersScript": { cloud: "Cloudflare", what: "Worker", name: "scriptName" },
  "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain": {
    cloud: "Cloudflare",
    what: "workers.dev address",
    name: "scriptName",
  },
  "gcp:projects/service:Service": { cloud: "Google", what: "enabled API", name: "service" },
  "gcp:serviceaccount/account:Account": { cloud: "Google", what: "service account", name: "accountId" },
  "gcp:serviceaccount/key:Key": { cloud: "Google", what: "service account key", name: "serviceAccountId" },
  "gcp:projects/iAMMember:IAMMember": { cloud: "Google", what: "role", name: "role" },
  "random:index/randomPassword:RandomPassword": { cloud: "–", what: "client token", name: "" },
};

export function whatWasMade({ registrations, run, runtime, cloud }: Sandbox, readyS: string): string {
  const rows = registrations.map(({ type, name, inputs }) => {
    const kind = KINDS[type] ?? { cloud: "", what: type, name: "" };
    return [
      kind.cloud,
      kind.what,
      String(inputs[kind.name] ?? name)
        .split("/serviceAccounts/")
        .at(-1) ?? "",
    ];
  });
  rows.sort((a, b) => a.join().localeCompare(b.join()));
  return [
    pc.bold(`claude-failover is up on this machine, ready after ${readyS} s: ${rows.length} resources`),
    "",
    plainTable(rows.map(([cloud, what, name = ""]) => [`  ${cloud}`, `${what}`, pc.dim(name)])),
    "",
    ...run.messages.flatMap((message) => [pc.yellow(`  ${message}`), ""]),
    `  Worker      ${pc.cyan(runtime.url)}`,
    `  Local cloud ${pc.cyan(cloud.url)} ${pc.dim("(Cloudflare, Google and Anthropic, imitated)")}`,
  ].join("\n");
}

export function howToUse(stack: Sandbox, model: string): string {
  const { runtime, cloud, outputs, anthropicApiKey, curl, vertexLocations } = stack;
  const [[, token = ""] = [], ...others] = Object.entries(outputs.clientTokens);
  const heading = (text: string) => pc.bold(`\n${text}`);
  return [
    heading("Use it (official SDKs and Claude Code need the base URL and the key, nothing else)"),
    `  export ANTHROPIC_BASE_URL=${runtime.url} ANTHROPIC_API_KEY=${token}`,
    `  curl ${runtime.url}/v1/messages -H "x-api-key: ${token}" -H 'anthropic-version: 2023-06-01' \\`,
    `    -d '{"model":"${model}","max_tokens":64,"messages":[{"role":"user","content":"Hello"}]}'`,
    pc.dim(
      "  Claude Code: ANTHROPIC_BASE_URL and ANTHROPIC_AUTH_TOKEN. Vercel AI SDK: the base URL with /v1 behind it.",
    ),
    pc.dim("  Behind a proxy: export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1"),
    ...others.map(([name, key]) => `  ${pc.dim(`the key of ${name}:`)} ${key}`),
    heading("Break it, and mend it"),
    `  curl -X PUT ${cloud.url}/faults/anthropic -d '{"mode":"status","status":529}'`,
    `  curl -X DELETE ${cloud.url}/faults`,
    pc.dim("  Vertex may still answer after that, and x-failover-attempts say anthropic=open:"),
    pc.dim(`  ${breakerText(stack.options.breaker)}`),
    pc.dim("  The story's last scenes may have left it open too."),
    pc.dim(
      `  Targets: anthropic, vertex, vertex/${vertexLocations[0]}, gateway, google. The ways to break each of them:`,
    ),
    pc.dim("  npm start -- --faults"),
    heading("The blog post's request against this stack's gateway (bash; the Anthropic key is the local cloud's)"),
    `  export PATH="$PWD/local/bin:$PATH" LOCAL_CLOUD=${cloud.url}`,
    `  export ANTHROPIC_API_KEY=${anthropicApiKey} CF_AIG_TOKEN=${outputs.gatewayToken}`,
    curl,
    heading("Ctrl-C stops it."),
  ].join("\n");
}
