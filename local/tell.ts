/** What `npm start` says: what was made, and how to use it. */
import Table from "cli-table3";
import pc from "picocolors";
import type { LocalStack } from "./stack.ts";

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

export function whatWasMade({ registrations, run, runtime, cloud }: LocalStack, readyS: string): string {
  const table = new Table({
    chars: Object.fromEntries(
      ["top", "bottom", "left", "right"]
        .flatMap((side) => ["", "-mid", "-left", "-right"].map((part) => [`${side}${part}`, ""]))
        .concat([
          ["mid", ""],
          ["left-mid", ""],
          ["mid-mid", ""],
          ["right-mid", ""],
          ["middle", "  "],
        ]),
    ),
    style: { "padding-left": 0, "padding-right": 0, border: [], head: [] },
  });
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
  table.push(...rows.map(([cloud, what, name]) => [`  ${cloud}`, what, pc.dim(name ?? "")]));
  return [
    pc.bold(`claude-failover is up on this machine, ready after ${readyS} s: ${rows.length} resources`),
    "",
    table.toString(),
    "",
    ...run.messages.flatMap((message) => [pc.yellow(`  ${message}`), ""]),
    `  Worker      ${pc.cyan(runtime.url)}`,
    `  Local cloud ${pc.cyan(cloud.url)} ${pc.dim("(Cloudflare, Google and Anthropic, imitated)")}`,
  ].join("\n");
}

export function howToUse({ runtime, cloud, outputs, anthropicApiKey, curl }: LocalStack, model: string): string {
  const [token = ""] = Object.values(outputs.clientTokens);
  const heading = (text: string) => pc.bold(`\n${text}`);
  return [
    heading("Use it (official SDKs and Claude Code need the base URL and the key, nothing else)"),
    `  export ANTHROPIC_BASE_URL=${runtime.url} ANTHROPIC_API_KEY=${token}`,
    `  curl ${runtime.url}/v1/messages -H "x-api-key: ${token}" -H 'anthropic-version: 2023-06-01' \\`,
    `    -d '{"model":"${model}","max_tokens":64,"messages":[{"role":"user","content":"Hello"}]}'`,
    pc.dim(
      "  Claude Code: ANTHROPIC_BASE_URL and ANTHROPIC_AUTH_TOKEN. Vercel AI SDK: the base URL with /v1 behind it.",
    ),
    heading("Break it, and mend it"),
    `  curl -X PUT ${cloud.url}/faults/anthropic -d '{"mode":"status","status":529}'`,
    `  curl -X DELETE ${cloud.url}/faults`,
    pc.dim(
      "  Targets: anthropic, vertex, vertex/us-east5, gateway, google. Modes: status, hang, reset, error_event, cut and more",
    ),
    pc.dim("  (local/faults.ts has them all)."),
    heading("The blog post's request against this stack's gateway (bash; the Anthropic key is the local cloud's)"),
    `  export PATH="$PWD/local/bin:$PATH" LOCAL_CLOUD=${cloud.url}`,
    `  export ANTHROPIC_API_KEY=${anthropicApiKey} CF_AIG_TOKEN=${outputs.gatewayToken}`,
    curl,
    heading("Ctrl-C stops it."),
  ].join("\n");
}
