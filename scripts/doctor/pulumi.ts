/** The pulumi CLI, its provider plugins, the backend with the state, and what encrypts the secrets. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { SECRET_KEYS } from "../../infra/settings/index.ts";
import { Failure } from "../command/failure.ts";
import type { PulumiCli } from "../stack/pulumi-cli.ts";
import { EXPORT_TOKEN } from "./cloudflare-token.ts";
import { type Found, fine, note, problem } from "./found.ts";
import { PROJECT_FOLDER, pinnedPackages } from "./machine.ts";

const PROJECT = z.object({ requiredPulumiVersion: z.string().optional() });
const PLUGINS = z.array(z.object({ name: z.string(), kind: z.string(), version: z.string().default("") }));
const WHO = z.object({ user: z.string(), url: z.string() });
const EXPORT = z.object({
  deployment: z.object({
    secrets_providers: z
      .object({ type: z.string(), state: z.object({ url: z.string().optional() }).optional() })
      .optional(),
  }),
});
const CONFIGURED = z.record(z.string(), z.object({ secret: z.boolean().default(false) }));

/** The token in the configuration is used before that of the environment. */
const TOKEN = "cloudflare:apiToken";

/** Packages whose releases are the versions of the plugins. */
const PROVIDERS = /^@pulumi\/(cloudflare|gcp|random|tls)$/;

export async function cliVersion(cli: PulumiCli): Promise<Found<undefined>> {
  const running = (await cli.run(["version"])).trim().replace(/^v/, "");
  const file = await readFile(join(PROJECT_FOLDER, "Pulumi.yaml"), "utf8");
  const { requiredPulumiVersion = "" } = PROJECT.parse(parseYaml(file));
  const least = /^>=(\d+\.\d+\.\d+)$/.exec(requiredPulumiVersion)?.[1];
  if (least === undefined || !isOlder(running, least)) return fine(`pulumi ${running}`);
  const text = `pulumi ${running} is older than ${least}, which Pulumi.yaml requires`;
  return problem(text, "https://www.pulumi.com/docs/install/");
}

export async function plugins(
  cli: PulumiCli,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Found<undefined>> {
  const installed = PLUGINS.parse(JSON.parse(await cli.run(["plugin", "ls", "--json"])));
  const { dependencies } = await pinnedPackages();
  const wanted = Object.entries(dependencies).flatMap(([name, version]) => {
    const provider = PROVIDERS.exec(name)?.[1];
    return provider === undefined ? [] : [{ provider, version }];
  });
  const missing = wanted.filter(
    ({ provider, version }) =>
      !installed.some((one) => one.kind === "resource" && one.name === provider && one.version === version),
  );
  const named = missing.map(({ provider, version }) => `${provider} ${version}`).join(", ");
  if (missing.length === 0) return fine(`all ${wanted.length} are installed`);
  if (!isOn(environment.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION)) return fine(`pulumi up downloads ${named}`);
  return problem(
    `missing: ${named}, and PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION forbids to download them`,
    missing.map(({ provider, version }) => `pulumi plugin install resource ${provider} ${version}`).join(" && "),
  );
}

export async function backend(cli: PulumiCli): Promise<Found<undefined>> {
  const { user, url } = WHO.parse(JSON.parse(await orProblem(cli.run(["whoami", "--verbose", "--json"]))));
  if (url.startsWith("file:")) return note(`${url}: the state is on this machine only`, "docs/environments.md");
  return fine(`${url}, as ${user}`);
}

/** @param selected `--stack NAME`, or nothing */
export async function secretsProvider(cli: PulumiCli, selected: readonly string[]): Promise<Found<undefined>> {
  const exported = await orProblem(cli.run(["stack", "export", ...selected]));
  // Reading a secret shows whether the passphrase is right, or the KMS key may be used.
  await orProblem(cli.run(["config", "--json", "--show-secrets", ...selected]));
  const { type = "none yet", state } = EXPORT.parse(JSON.parse(exported)).deployment.secrets_providers ?? {};
  return fine(state?.url ?? type);
}

/**
 * A secret that is stored as plain text is refused by the program, and somebody may have read it.
 * @returns what gives the stack another Cloudflare token
 */
export async function encryptedSecrets(cli: PulumiCli, selected: readonly string[]): Promise<Found<string>> {
  const configured = CONFIGURED.parse(JSON.parse(await orProblem(cli.run(["config", "--json", ...selected]))));
  const plain = Object.entries(configured).flatMap(([fullKey, { secret }]) => {
    const key = fullKey === TOKEN ? TOKEN : (fullKey.split(":").at(-1) ?? "");
    return (key === TOKEN || SECRET_KEYS.has(key)) && !secret ? [key] : [];
  });
  const setToken = TOKEN in configured ? `pulumi config set --secret ${TOKEN}` : EXPORT_TOKEN;
  if (plain.length === 0) return fine("no secret is stored in clear text", setToken);
  return problem(
    `stored in clear text: ${plain.join(", ")}. Replace it, because it has been readable`,
    plain.map((key) => `pulumi config set --secret ${key}`).join(" && "),
  );
}

/** What the CLI refuses with a cure is wrong here, and not merely unknown. */
async function orProblem(run: Promise<string>): Promise<string> {
  try {
    return await run;
  } catch (error) {
    if (!(error instanceof Failure) || error.cure === undefined) throw error;
    throw new Failure("problem", error.message, error.cure);
  }
}

function isOlder(version: string, least: string): boolean {
  const [has, needs] = [version, least].map((text) => text.split(/[.+-]/).slice(0, 3).map(Number));
  const at = needs?.findIndex((part, index) => part !== has?.[index]) ?? -1;
  return at >= 0 && (has?.[at] ?? 0) < (needs?.[at] ?? 0);
}

/** As the CLI reads a variable that switches something. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(1|true|t)$/i.test(value);
}
