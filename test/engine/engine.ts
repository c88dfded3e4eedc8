/**
 * The program under the real Pulumi engine, with the local cloud in place of the real providers. It
 * creates stacks, changes them as a deployer does, and reads their results.
 */
import { copyFileSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { parse } from "yaml";
import { LocalCloud } from "../../local/cloud/index.ts";
import { ACCOUNT_ID, GOOGLE_PROJECT, PROJECT } from "../../local/sandbox/index.ts";
import { randomText } from "../../local/state/ids.ts";
import {
  addAccount,
  addProject,
  bindingText,
  type CloudflareAccount,
  type GoogleProject,
  type Script,
} from "../../local/state/index.ts";
import { LocalProviders } from "./providers/index.ts";
import type { OperationHooks } from "./providers/operations.ts";
import { PULUMI_FOLDER, PulumiCli, type Run } from "./pulumi-cli.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Folders that are linked instead of copied, because the engine writes nothing there. */
const LINKED = ["infra", "worker", "node_modules"];
const COPIED = ["package.json", "Pulumi.yaml"];

/** Tests that need the CLI. Without a CLI they are skipped with a reason. */
export function describeEngine(name: string, tests: () => void): void {
  const why = PULUMI_FOLDER ? "" : " (skipped: there is no pulumi CLI on the PATH)";
  describe.skipIf(!PULUMI_FOLDER)(`under the real engine, ${name}${why}`, { timeout: 120_000 }, tests);
}

/** The members of a step in `preview --json` that the tests use. */
interface Step {
  op: string;
  urn: string;
}

export class Engine {
  readonly cloud: LocalCloud;
  readonly account: CloudflareAccount;
  readonly project: GoogleProject;
  readonly anthropicApiKey = `sk-ant-local-${randomText(32)}`;
  /** The output of all runs. */
  readonly transcript: string[] = [];
  readonly #cli = new PulumiCli(() => ({
    PULUMI_DEBUG_PROVIDERS: this.#providers?.addresses ?? "",
    ...this.#exported,
  }));
  /** The variables that the deployer's shell exports. */
  readonly #exported: Record<string, string> = {};
  #providers: LocalProviders | undefined;

  private constructor(cloud: LocalCloud) {
    const { state } = cloud.context;
    this.cloud = cloud;
    this.account = addAccount(state, ACCOUNT_ID, "local");
    this.project = addProject(state, GOOGLE_PROJECT, "100000000000");
    state.anthropicApiKeys.add(this.anthropicApiKey);
    placeProject(this.#cli.folder);
  }

  static async start(): Promise<Engine> {
    const engine = new Engine(await LocalCloud.start({ port: 0, today: new Date().toISOString().slice(0, 10) }));
    // The program's own look-ups use this address. The providers are stand-ins.
    engine.#exported.CLOUDFLARE_BASE_URL = `${engine.cloud.url}/api.cloudflare.com/client/v4`;
    engine.rotateCloudflareToken();
    engine.#providers = await LocalProviders.start(engine.cloud.context.state, () => engine.#exported);
    return engine;
  }

  async stop(): Promise<void> {
    this.#providers?.stop();
    await this.cloud.close();
    this.#cli.remove();
  }

  /** Creates and exports a new token for the deployer. The old one is refused from now on. */
  rotateCloudflareToken(): void {
    const token = randomText(40);
    this.account.deployTokens = new Set([token]);
    this.#exported.CLOUDFLARE_API_TOKEN = token;
  }

  /** Runs with changed variables in the deployer's shell. */
  async exporting<Result>(variables: Readonly<Record<string, string>>, run: () => Promise<Result>): Promise<Result> {
    const before = { ...this.#exported };
    Object.assign(this.#exported, variables);
    try {
      return await run();
    } finally {
      Object.assign(this.#exported, before);
    }
  }

  /** The folder of the project and its stack files. */
  get folder(): string {
    return this.#cli.folder;
  }

  /** The environment of every run of the CLI. */
  get environment(): Readonly<Record<string, string>> {
    return this.#cli.environment;
  }

  get cloudflareToken(): string {
    return this.#exported.CLOUDFLARE_API_TOKEN ?? "";
  }

  /** Lets tests observe and break the providers' operations. */
  get operations(): OperationHooks {
    if (!this.#providers) throw new Error("the engine is not started");
    return this.#providers;
  }

  /** Adds an account in which the deployer's token may deploy. */
  addAccount(id: string, subdomain: string): CloudflareAccount {
    const account = addAccount(this.cloud.context.state, id, subdomain);
    account.deployTokens.add(this.cloudflareToken);
    return account;
  }

  scriptOf(stack: string): Script {
    const script = this.account.scripts.get(`${PROJECT}-${stack}`);
    if (!script) throw new Error(`the stack ${stack} has no Worker`);
    return script;
  }

  binding(stack: string, name: string): string {
    return bindingText(this.scriptOf(stack), name) ?? "";
  }

  /** Every secret of the Worker, and a line of each private key. */
  secretsOf(stack: string): Record<string, string> {
    const secrets = this.scriptOf(stack).bindings.flatMap((binding) => {
      if (binding.type !== "secret_text") return [];
      const { name, text } = binding;
      if (!name.startsWith("GOOGLE_CREDENTIAL")) return [[name, text]];
      const { private_key: pem }: { private_key: string } = JSON.parse(Buffer.from(text, "base64").toString());
      return [
        [name, text],
        [`${name} private key`, pem.split("\n")[1] ?? ""],
      ];
    });
    return { ...Object.fromEntries(secrets), CLOUDFLARE_API_TOKEN: this.cloudflareToken };
  }

  async clientTokens(stack: string): Promise<Record<string, string>> {
    const { clientTokens } = await this.outputs(stack);
    return clientTokens as Record<string, string>; // what infra/index.ts returns
  }

  /** Creates a stack with an Anthropic key. @param secrets further secrets by key */
  async addStack(stack: string, secrets: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#mustRun(["stack", "init", stack]);
    await this.setSecrets(stack, { anthropicApiKey: this.anthropicApiKey, ...secrets });
  }

  async renameStack(stack: string, name: string): Promise<void> {
    await this.#mustRun(["stack", "rename", name, "--stack", stack]);
  }

  /** @param value a string, or a value that is stored as JSON */
  async set(stack: string, key: string, value: unknown): Promise<void> {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    await this.#mustRun(["config", "set", key, text, "--stack", stack]);
  }

  /** Whether the stack's file has a setting. */
  configured(stack: string, key: string): boolean {
    const file = parse(readFileSync(join(this.#cli.folder, `Pulumi.${stack}.yaml`), "utf8"));
    return file.config?.[`${PROJECT}:${key}`] !== undefined;
  }

  /** Removes a setting from the stack's file. */
  async unset(stack: string, key: string): Promise<void> {
    await this.#mustRun(["config", "rm", key, "--stack", stack]);
  }

  /** Adds names to the stack's `adopt` setting. */
  async adopt(stack: string, names: readonly string[]): Promise<void> {
    const known = await this.#cli.run(["config", "get", "adopt", "--stack", stack]);
    const before: string[] = known.exitCode === 0 ? JSON.parse(known.stdout) : [];
    const all = [...new Set([...before, ...names])];
    await this.#mustRun(["config", "set", "adopt", JSON.stringify(all), "--stack", stack]);
  }

  async setSecrets(stack: string, secrets: Readonly<Record<string, string>>): Promise<void> {
    const values = Object.entries(secrets).flatMap(([key, value]) => ["--secret", `${key}=${value}`]);
    await this.#mustRun(["config", "set-all", "--stack", stack, ...values]);
  }

  up(stack: string, ...options: string[]): Promise<Run> {
    return this.run(["up", "--yes", "--stack", stack, ...options]);
  }

  preview(stack: string, ...options: string[]): Promise<Run> {
    return this.run(["preview", "--stack", stack, ...options]);
  }

  destroy(stack: string, ...options: string[]): Promise<Run> {
    return this.run(["destroy", "--yes", "--skip-preview", "--stack", stack, ...options]);
  }

  /** Removes a resource from the state only. */
  async forget(stack: string, urn: string): Promise<void> {
    await this.#mustRun(["state", "delete", urn, "--yes", "--stack", stack]);
  }

  async refresh(stack: string): Promise<void> {
    await this.#mustRun(["refresh", "--yes", "--skip-preview", "--stack", stack]);
  }

  /**
   * The steps of an `up`, as `operation type name`, sorted. Unchanged resources are left out, and
   * components too, because the engine reports an update of their recorded arguments.
   */
  async plannedSteps(stack: string, ...options: string[]): Promise<string[]> {
    // `--json` is used only for a preview, because `up --json` prints minted secrets as plain text.
    const preview = await this.#mustRun(["preview", "--json", "--stack", stack, ...options]);
    const { steps }: { steps: readonly Step[] } = JSON.parse(preview.stdout);
    return steps
      .filter(({ op, urn }) => op !== "same" && !/:index:\w+::[^:]+$/.test(urn))
      .map(({ op, urn }) => `${op} ${urn.split("::")[2]?.split("$").at(-1)} ${urn.split("::")[3]}`)
      .sort();
  }

  /**
   * The stack's outputs, with the secret ones as plain text. They are not added to the transcript.
   */
  async outputs(stack: string): Promise<Record<string, unknown>> {
    return JSON.parse((await this.#cli.run(["stack", "output", "--stack", stack, "--json", "--show-secrets"])).stdout);
  }

  /** The state file in the backend. */
  stateFile(stack: string): string {
    return readFileSync(join(this.#cli.folder, "backend/.pulumi/stacks", PROJECT, `${stack}.json`), "utf8");
  }

  /** @param onStart gets a function that sends the CLI a signal */
  async run(args: readonly string[], onStart?: (kill: (signal: NodeJS.Signals) => void) => void): Promise<Run> {
    const run = await this.#cli.run(args, onStart);
    this.transcript.push(run.output);
    return run;
  }

  async #mustRun(args: readonly string[]): Promise<Run> {
    const run = await this.run(args);
    if (run.exitCode !== 0) throw new Error(`pulumi ${args.slice(0, 2).join(" ")} failed:\n${run.output}`);
    return run;
  }
}

/** Places the project in a scratch folder, because the engine writes into stack files. */
export function placeProject(folder: string): void {
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(folder, name));
  for (const name of COPIED) copyFileSync(join(ROOT, name), join(folder, name));
}

/**
 * CLI options that write settings into the stack's file. A value that is not a string becomes JSON.
 */
export function settings(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values).flatMap(([key, value]) => [
    "--config",
    `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  ]);
}

/** The required settings, except for the secret. */
export const REQUIRED = { cloudflareAccountId: ACCOUNT_ID, googleProject: GOOGLE_PROJECT };
