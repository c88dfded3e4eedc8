/**
 * Reads and checks the stack's configuration. The result is the settings, or all faults at once,
 * each with a command that repairs it. The check needs no cloud, so a preview finds the same
 * faults.
 */
import * as pulumi from "@pulumi/pulumi";
import { isConfigSecret } from "@pulumi/pulumi/runtime/config.js";
import { namesAfter, type ResourceNames } from "./names.ts";
import { changeWarnings } from "./settings/change-warnings.ts";
import { repairCommand } from "./settings/commands.ts";
import { deployedResources } from "./settings/deployed.ts";
import { deployedLocations, wideningWarnings } from "./settings/deployed-locations.ts";
import { epochFaults } from "./settings/epochs.ts";
import { byKey, type Fault, type KeyFaults } from "./settings/faults.ts";
import { cloudflareToken } from "./settings/formats.ts";
import { SECRET_KEYS, type Settings } from "./settings/index.ts";
import { modelWarnings } from "./settings/model-warnings.ts";
import { parseSettings } from "./settings/parse.ts";
import { isKnown, isText, notJson } from "./settings/schema-faults.ts";
import { warningsOf } from "./settings/warnings.ts";
import { deployerToken } from "./shared/cloudflare-api.ts";

export interface Config {
  names: ResourceNames;
  /** Contains the secrets as plain text. Mark them as secrets where they enter a resource. */
  settings: Settings;
  /**
   * Arguments of the Cloudflare provider. Without a token the provider uses CLOUDFLARE_API_TOKEN of
   * the environment, which never enters the state.
   */
  cloudflare: { apiToken?: pulumi.Output<string>; baseUrl?: string };
}

/**
 * Reports a configuration that cannot be used. The message has one line for each setting with a
 * fault.
 */
export class ConfigError extends pulumi.RunError {
  /** Faults of the settings. Faults of the deployer's credentials are only in the message. */
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
  // If a value cannot be read, only that fault is reported, not the schema's faults for the same
  // setting.
  const hidden = new Set(unreadable.map(({ key }) => key));
  const faults = [...unreadable, ...found.filter(({ key }) => !hidden.has(key))].map(hideSecret);
  const deployer = deployerFaults();
  if (parsed.kind === "faults" || faults.length + deployer.length > 0) {
    throw new ConfigError(byKey(faults, values), deployer);
  }
  const { settings } = parsed;
  const names = namesAfter(settings.namedAfter, pulumi.getProject(), pulumi.getStack());
  const before = deployedLocations(deployed);
  const isSameChoice = before?.join() === settings.vertexLocations.join();
  const warnings = [
    ...modelWarnings(settings, !isSameChoice),
    ...wideningWarnings(before, settings.vertexLocations),
    ...warningsOf(settings),
    ...changeWarnings(settings, names, deployed),
    ...unusedKeys(settings),
  ];
  for (const warning of warnings) pulumi.log.warn(warning);
  return { settings, names, cloudflare: cloudflareProvider() };
}

/**
 * @returns the settings by their keys without the project's prefix, and the faults of values that
 * cannot be read
 */
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
      // Text without brackets is a wrong value, and the schema says what is expected. Text that
      // begins with a bracket was meant as JSON.
      if (/^\s*[[{]/.test(text)) faults.push(notJson(key));
    }
  }
  return { values, faults };
}

/** Keeps a value out of the repair command if it is stored as a secret, whatever the setting is. */
function hideSecret(fault: Fault): Fault {
  const isSecret = isConfigSecret(`${pulumi.getProject()}:${fault.key}`);
  return isSecret && fault.repair.kind === "set" ? { ...fault, repair: { kind: "ask" } } : fault;
}

function cloudflareProvider(): Config["cloudflare"] {
  const configured = new pulumi.Config("cloudflare");
  const [apiToken, baseUrl] = [configured.getSecret("apiToken"), configured.get("baseUrl")];
  return { ...(apiToken ? { apiToken } : {}), ...(baseUrl === undefined ? {} : { baseUrl }) };
}

/**
 * Checks the deployer's token before the run. The provider checks only a token of the
 * configuration, and it does so late in the run.
 */
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

/** Warns of a provider's setting that has no effect, but looks as if it had one. */
function unusedKeys({ googleProject }: Settings): string[] {
  const project = new pulumi.Config("gcp").get("project");
  return project === undefined || project === googleProject
    ? []
    : [
        `gcp:project (${project}) has no effect, googleProject (${googleProject}) is used: pulumi config rm gcp:project`,
      ];
}
