/** The text that `npm start` prints: what it created, and how to use it. */
import pc from "picocolors";
import type { Sandbox } from "../sandbox/index.ts";
import { breakerText } from "./demo.ts";
import { plainTable } from "./plain-table.ts";

/** Resource type → its label, and the input that holds its name. */
const LABELS: Readonly<Record<string, { cloud: string; label: string; nameInput: string }>> = {
  "cloudflare:index/aiGateway:AiGateway": { cloud: "Cloudflare", label: "AI Gateway", nameInput: "aiGatewayId" },
  "cloudflare:index/accountToken:AccountToken": { cloud: "Cloudflare", label: "API token", nameInput: "name" },
  "cloudflare:index/workersScript:WorkersScript": { cloud: "Cloudflare", label: "Worker", nameInput: "scriptName" },
  "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain": {
    cloud: "Cloudflare",
    label: "workers.dev address",
    nameInput: "scriptName",
  },
  "gcp:projects/service:Service": { cloud: "Google", label: "enabled API", nameInput: "service" },
  "gcp:serviceaccount/account:Account": { cloud: "Google", label: "service account", nameInput: "accountId" },
  "gcp:serviceaccount/key:Key": { cloud: "Google", label: "service account key", nameInput: "serviceAccountId" },
  "gcp:projects/iAMMember:IAMMember": { cloud: "Google", label: "role", nameInput: "role" },
  "random:index/randomPassword:RandomPassword": { cloud: "–", label: "client token", nameInput: "" },
};

export function createdResources({ registrations, run, runtime, cloud }: Sandbox, readyS: string): string {
  const rows = registrations.map(({ type, name, inputs }) => {
    const { cloud, label, nameInput } = LABELS[type] ?? { cloud: "", label: type, nameInput: "" };
    return [
      cloud,
      label,
      String(inputs[nameInput] ?? name)
        .split("/serviceAccounts/")
        .at(-1) ?? "",
    ];
  });
  rows.sort((a, b) => a.join().localeCompare(b.join()));
  return [
    pc.bold(`claude-failover is up on this machine, ready after ${readyS} s: ${rows.length} resources`),
    "",
    plainTable(rows.map(([cloud, label = "", name = ""]) => [`  ${cloud}`, label, pc.dim(name)])),
    "",
    ...run.messages.flatMap((message) => [pc.yellow(`  ${message}`), ""]),
    `  Worker      ${pc.cyan(runtime.url)}`,
    `  Local cloud ${pc.cyan(cloud.url)} ${pc.dim("(Cloudflare, Google and Anthropic, imitated)")}`,
  ].join("\n");
}

export function usage(stack: Sandbox, model: string): string {
  const { runtime, cloud, outputs, anthropicApiKey, curl, vertexLocations } = stack;
  const [[, token = ""] = [], ...others] = Object.entries(outputs.clientTokens);
  const bedrock = stack.options.bedrock ? `bedrock/${stack.options.bedrock.region}, ` : "";
  const heading = (text: string) => pc.bold(`\n${text}`);
  return [
    heading("Use it (official SDKs and Claude Code need only the base URL and the key)"),
    `  export ANTHROPIC_BASE_URL=${runtime.url} ANTHROPIC_API_KEY=${token}`,
    `  curl ${runtime.url}/v1/messages -H "x-api-key: ${token}" -H 'anthropic-version: 2023-06-01' \\`,
    `    -d '{"model":"${model}","max_tokens":64,"messages":[{"role":"user","content":"Hello"}]}'`,
    pc.dim("  Claude Code: ANTHROPIC_BASE_URL and ANTHROPIC_AUTH_TOKEN. Vercel AI SDK: add /v1 to the base URL."),
    pc.dim("  Behind a proxy: export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1"),
    ...others.map(([name, key]) => `  ${pc.dim(`the key of ${name}:`)} ${key}`),
    heading("Break it and repair it"),
    `  curl -X PUT ${cloud.url}/faults/anthropic -d '{"mode":"status","status":529}'`,
    `  curl -X DELETE ${cloud.url}/faults`,
    pc.dim("  Vertex may still answer after that, and x-failover-attempts then shows anthropic=open:"),
    pc.dim(`  ${breakerText(stack.options.breaker)}`),
    pc.dim("  The end of the demo may have left it open too."),
    pc.dim(
      `  Targets: anthropic, vertex, vertex/${vertexLocations[0]}, ${bedrock}gateway, google. To list their faults:`,
    ),
    pc.dim("  npm start -- --faults"),
    heading("The blog post's request against this stack's gateway (bash; the Anthropic key is the local cloud's)"),
    `  export PATH="$PWD/local/bin:$PATH" LOCAL_CLOUD=${cloud.url}`,
    `  export ANTHROPIC_API_KEY=${anthropicApiKey} CF_AIG_TOKEN=${outputs.gatewayToken}`,
    curl,
    heading("Ctrl-C stops it."),
  ].join("\n");
}
