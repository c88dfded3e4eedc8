/**
 * What the real engine needs of the machine: the CLI of the PATH, and exactly those provider plugins that the program's packages
 * name. Nothing is downloaded: what is missing is told with the command that installs it.
 */
import { accessSync, constants, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PULUMI_FOLDER } from "../engine/pulumi-cli.ts";

const PACKAGES = join(import.meta.dirname, "../../node_modules/@pulumi");
const PROVIDERS = ["cloudflare", "gcp", "random", "tls"] as const;

/** Where the caller's CLI keeps its plugins. */
export const PLUGIN_FOLDER = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");

/** What is not installed, each with its cure. */
export const MISSING: readonly string[] = [
  ...(PULUMI_FOLDER ? [] : ["the pulumi CLI: https://www.pulumi.com/docs/install/"]),
  ...PROVIDERS.map((name) => ({ name, version: versionOf(name) }))
    .filter(({ name, version }) => !isExecutable(join(PLUGIN_FOLDER, `resource-${name}-v${version}`, binary(name))))
    .map(({ name, version }) => `pulumi plugin install resource ${name} ${version}`),
];

/** Where something is missing: skipped by name or, with E2E_REQUIRED set, a failure. */
export function describeReal(name: string, tests: () => void): void {
  if (MISSING.length === 0) return void describe(name, tests);
  const needs = `needs ${MISSING.join("; ")}`;
  it.skipIf(!process.env.E2E_REQUIRED)(`${name} (${needs})`, () => expect.fail(needs));
}

function versionOf(provider: string): string {
  return JSON.parse(readFileSync(join(PACKAGES, provider, "package.json"), "utf8")).version;
}

function binary(provider: string): string {
  return `pulumi-resource-${provider}${process.platform === "win32" ? ".exe" : ""}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
