/**
 * The only reader of Pulumi's configuration: a stack's settings, or every fault at once, each with
 * a command that repairs it. Whatever can be known to be wrong before a cloud is called is refused
 * here, so in a preview too.
 */
import * as pulumi from "@pulumi/pulumi";
import { isConfigSecret } from "@pulumi/pulumi/runtime/config.js";
import { type ResourceNames, resourceNames } from "./names.ts";
import { changeWarnings } from "./settings/change-warnings.ts";
import { repairCommand } from "./settings/commands.ts";
import { deployedResources } from "./settings/deployed.ts";
import { epochFaults } from "./settings/epochs.ts";
import { byKey, type Fault, type KeyFaults } from "./settings/faults.ts";
import { cloudflareToken } from "./settings/formats.ts";
import { SECRET_KEYS, type Settings } from "./settings/index.ts";
import { parseSettings } from "./settings/parse.ts";
import { isKnown, isText, notJson } from "./settings/schema-faults.ts";
import { warningsOf } from "./settings/warnings.ts";
import { deployerToken } from "./shared/cloudflare-api.ts";

export interface Config {
  names: ResourceNames;
  /** Its secrets are in clear: to be marked where they enter a resource. */
  settings: Settings;
  /**
   * Of the provider. Without a token it uses the environment's CLOUDFLARE_API_TOKEN, which never
   * enters the state.
   */
  cloudflare: { apiToken?: pulumi.Output<string>; baseUrl?: string };
}

/** A configuration that cannot be used; its message lists the faults, a line for each setting. */
export class ConfigError extends pulumi.RunError {
  /** Of the settings; what is wrong with the deployer's own credentials is in the message alone. */
  readonly faults: readonly KeyFaults[];

  constructor(faults: readonly KeyFaults[], others: readonly string[]) {
    const lines = [...faults.map((fault) => `${fault.text}: ${repairCommand(fault)}`), ...others];
    const list = lines.map((line) => `  - ${line}`).join("\n");
    super(`The configuration of stack ${pulumi.getStack()} cannot be used:\n${list}`);
    this.faults = faults;
  }
}

/** @throws {ConfigError} */
export async function readConfig(): Promise<Config> {
  const { values, faults: unreadable } = configuredValues();
  const parsed = parseSettings(values);
  const deployed = parsed.kind === "settings" ? await deployedResources() : [];
  const deployedNames = deployed.map(({ name }) => name);
  const found = parsed.kind === "settings" ? epochFaults(parsed.settings, deployedNames) : parsed.faults;
  // A value that cannot be read at all has that one fault, whatever the schema says of it.
  const hidden = new Set(unreadable.map(({ key }) => key));
  const faults = [...unreadable, ...found.filter(({ key }) => !hidden.has(key))].map(hideSecret);
  const deployer = deployerFaults();
  if (parsed.kind === "faults" || faults.length + deployer.length > 0) {
    throw new ConfigError(byKey(faults, values), deployer);
  }
  const { settings } = parsed;
  const names = namesOf(settings);
  const changes = changeWarnings(settings, names, deployed);
  for (const warning of [...warningsOf(settings), ...changes, ...unusedKeys(settings)]) pulumi.log.warn(warning);
  return { settings, names, cloudflare: cloudflareProvider() };
}

/** `namedAfter` keeps them where the project or the stack has got another name. */
function namesOf({ namedAfter }: Settings): ResourceNames {
  const [project, stack] = namedAfter?.split("/") ?? [];
  return resourceNames(project ?? pulumi.getProject(), stack ?? pulumi.getStack());
}

/** Settings by bare key, and what cannot be read of them. */
function configuredValues(): { values: Record<string, unknown>; faults: Fault[] } {
  const namespace = `${pulumi.getProject()}:`;
  const values: Record<string, unknown> = {};
  const faults: Fault[] = [];
  for (const [fullKey, text] of Object.entries(pulumi.runtime.allConfig())) {
    if (!fullKey.startsWith(namespace)) continue;
    const key = fullKey.slice(namespace.length);
    if (SECRET_KEYS.has(key) && !isConfigSecret(fullKey)) {
      faults.push({ key, where: key, problem: "a secret is stored in clear text", repair: { kind: "ask" } });
    }
    try {
      values[key] = isKnown(key) && !isText(key) ? JSON.parse(text) : text;
    } catch {
      values[key] = text;
      // A word alone is a wrong value; the schema says what is expected. Brackets show that JSON
      // was meant.
      if (/^\s*[[{]/.test(text)) faults.push(notJson(key));
    }
  }
  return { values, faults };
}

/** A value that is stored as a secret is not printed, whatever the setting is. */
function hideSecret(fault: Fault): Fault {
  const isSecret = isConfigSecret(`${pulumi.getProject()}:${fault.key}`);
  return isSecret && fault.repair.kind === "set" ? { ...fault, repair: { kind: "ask" } } : fault;
}

function cloudflareProvider(): Config["cloudflare"] {
  const configured = new pulumi.Config("cloudflare");
  const [apiToken, baseUrl] = [configured.getSecret("apiToken"), configured.get("baseUrl")];
  return { ...(apiToken ? { apiToken } : {}), ...(baseUrl === undefined ? {} : { baseUrl }) };
}

/** The provider looks at a token of the configuration only, and late. */
function deployerFaults(): string[] {
  const token = deployerToken();
  const command = "pulumi config set --secret cloudflare:apiToken";
  if (!token) return [`no Cloudflare API token: export CLOUDFLARE_API_TOKEN (or: ${command})`];
  const checked = cloudflareToken.safeParse(token.value);
  if (checked.success) return [];
  const [where, repair] = token.isConfigured
    ? ["cloudflare:apiToken", command]
    : ["CLOUDFLARE_API_TOKEN", "export CLOUDFLARE_API_TOKEN"];
  return [`${where}: ${checked.error.issues[0]?.message}: ${repair}`];
}

/** Settings of the providers that look as if they counted. */
function unusedKeys({ googleProject }: Settings): string[] {
  const project = new pulumi.Config("gcp").get("project");
  return project === undefined || project === googleProject
    ? []
    : [`gcp:project (${project}) is not used; googleProject (${googleProject}) is: pulumi config rm gcp:project`];
}
