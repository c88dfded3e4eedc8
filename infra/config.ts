/**
 * The only reader of Pulumi's configuration: a stack's settings out, or every fault at once, each with the command that mends
 * it. Whatever can be known to be wrong before a cloud is called is refused here, so in a preview too.
 */
import * as pulumi from "@pulumi/pulumi";
import { isConfigSecret } from "@pulumi/pulumi/runtime/config.js";
import { fault, isStructured, toFaults } from "./config-faults.ts";
import { cloudflareToken } from "./settings/formats.ts";
import { SECRET_KEYS, SETTINGS, type Settings } from "./settings/index.ts";
import { modelsWithoutFailover, RULES } from "./settings/rules.ts";

export interface Config {
  /** Its secrets are in clear: to be marked where they enter a resource. */
  settings: Settings;
  /** Absent where the environment's CLOUDFLARE_API_TOKEN is used, which never enters the state. */
  cloudflareApiToken: pulumi.Output<string> | undefined;
}

/** @throws {pulumi.RunError} with every fault, a line each. */
export function readConfig(): Config {
  const project = pulumi.getProject();
  const stored = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(`${project}:`))
    .map(([key, value]) => [key.slice(project.length + 1), value] as const);
  const inClear = stored.flatMap(([key]) =>
    SECRET_KEYS.has(key) && !isConfigSecret(`${project}:${key}`) ? [key] : [],
  );
  const faults = inClear.map((key) => fault(key, "a secret is stored in clear text"));

  const parsed = SETTINGS.safeParse(Object.fromEntries(stored.map(([key, value]) => [key, decode(key, value)])));
  if (parsed.success) {
    for (const { key, faults: found } of RULES)
      faults.push(...found(parsed.data).map((problem) => fault(key, problem)));
  } else {
    // One cure mends both of a key's faults.
    faults.push(...parsed.error.issues.filter(({ path }) => !inClear.includes(String(path[0]))).flatMap(toFaults));
  }
  faults.push(...deployerFaults());
  if (!parsed.success || faults.length > 0) {
    const list = faults.map((line) => `  - ${line}`).join("\n");
    throw new pulumi.RunError(`The configuration of stack ${pulumi.getStack()} cannot be used:\n${list}`);
  }
  warn(parsed.data);
  return { settings: parsed.data, cloudflareApiToken: new pulumi.Config("cloudflare").getSecret("apiToken") };
}

/** The provider looks at a token of the configuration only, and late. */
function deployerFaults(): string[] {
  const configured = new pulumi.Config("cloudflare").get("apiToken");
  const token = configured ?? process.env.CLOUDFLARE_API_TOKEN;
  const command = "pulumi config set --secret cloudflare:apiToken";
  if (!token) return [`no Cloudflare API token: export CLOUDFLARE_API_TOKEN (or: ${command})`];
  const checked = cloudflareToken.safeParse(token);
  if (checked.success) return [];
  const [where, cure] = configured
    ? ["cloudflare:apiToken", command]
    : ["CLOUDFLARE_API_TOKEN", "export CLOUDFLARE_API_TOKEN"];
  return [`${where}: ${checked.error.issues[0]?.message}: ${cure}`];
}

function warn(settings: Settings): void {
  const alone = modelsWithoutFailover(settings);
  if (alone.length === 0) return;
  pulumi.log.warn(
    `No failover for ${alone.join(", ")}: Vertex serves them in none of vertexLocations (${settings.vertexLocations.join(", ")}).`,
  );
}

function decode(key: string, value: string): unknown {
  if (!isStructured(key)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
