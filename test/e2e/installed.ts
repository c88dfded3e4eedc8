/**
 * The requirements of the real engine: the CLI on the PATH, and the provider plugins in exactly the
 * versions of the program's packages. Nothing is downloaded. For each missing part there is the
 * command that installs it.
 */
import { accessSync, constants, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PULUMI_FOLDER } from "../engine/pulumi-cli.ts";

const PACKAGES = join(import.meta.dirname, "../../node_modules/@pulumi");
const PROVIDERS = ["cloudflare", "gcp", "random", "tls"] as const;

/** The plugin folder of the user's CLI. */
export const PLUGIN_FOLDER = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");

/** The missing parts, each with the way to install it. */
export const MISSING: readonly string[] = [
  ...(PULUMI_FOLDER ? [] : ["the pulumi CLI: https://www.pulumi.com/docs/install/"]),
  ...PROVIDERS.map((name) => ({ name, version: versionOf(name) }))
    .filter(({ name, version }) => !isExecutable(join(PLUGIN_FOLDER, `resource-${name}-v${version}`, binary(name))))
    .map(({ name, version }) => `pulumi plugin install resource ${name} ${version}`),
];

/** If a part is missing, the tests are skipped with a reason. With E2E_REQUIRED set they fail. */
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
