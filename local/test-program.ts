/**
 * Any resources under the real Pulumi engine: a program that registers what a table says, in a folder and a backend of its own,
 * with the local cloud in place of the providers.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { LocalProviders } from "./providers.ts";
import type { Inputs } from "./resources/kind.ts";
import type { CloudState } from "./state.ts";

const ROOT = join(import.meta.dirname, "..");

/** Where the `pulumi` of the PATH is; undefined: there is none, and nothing downloads one. */
export const PULUMI_FOLDER = process.env.PATH?.split(delimiter).find((folder) => {
  try {
    accessSync(join(folder, "pulumi"), constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

const PROGRAM = `
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
const { resources, providers } = JSON.parse(readFileSync("program.json", "utf8"));
const made = new Map(Object.entries(providers).map(([name, args]) => [name, new pulumi.ProviderResource(name, name, args)]));
for (const { type, name, inputs, ...options } of resources) {
  new pulumi.CustomResource(type, name, inputs, { provider: made.get(type.split(":")[0]), ...options });
}
`;

export interface TestResource {
  type: string;
  name: string;
  inputs: Inputs;
  import?: string;
}

export interface TestRun {
  exitCode: number | null;
  output: string;
}

export class TestProgram {
  readonly providers: LocalProviders;
  resources: readonly TestResource[] = [];
  /** By package. */
  readonly #args: Readonly<Record<string, Inputs>>;
  readonly #folder = mkdtempSync(join(tmpdir(), "local-providers-"));

  private constructor(providers: LocalProviders, args: Readonly<Record<string, Inputs>>) {
    this.providers = providers;
    this.#args = args;
  }

  /** @param args of the providers, by package */
  static async start(state: CloudState, args: Readonly<Record<string, Inputs>>): Promise<TestProgram> {
    const program = new TestProgram(await LocalProviders.start(state, () => ({})), args);
    const folder = program.#folder;
    for (const name of ["backend", "home"]) mkdirSync(join(folder, name));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "index.js"), PROGRAM);
    const project = { name: "test", runtime: { name: "nodejs", options: { typescript: false } } };
    writeFileSync(join(folder, "Pulumi.yaml"), JSON.stringify(project));
    await program.run("stack", "init", "test");
    return program;
  }

  stop(): void {
    this.providers.stop();
    rmSync(this.#folder, { recursive: true });
  }

  async run(...args: string[]): Promise<TestRun> {
    const program = { resources: this.resources, providers: this.#args };
    writeFileSync(join(this.#folder, "program.json"), JSON.stringify(program));
    const child = spawn("pulumi", [...args, "--non-interactive"], {
      cwd: this.#folder,
      env: this.#environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const exit = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    return { exitCode, output: `${stdout}\n${stderr}` };
  }

  #environment(): NodeJS.ProcessEnv {
    const path = [join(ROOT, "node_modules/.bin"), PULUMI_FOLDER, dirname(process.execPath), "/usr/bin", "/bin"];
    return {
      PATH: path.join(delimiter),
      HOME: this.#folder,
      PULUMI_HOME: join(this.#folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(this.#folder, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      PULUMI_DEBUG_PROVIDERS: this.providers.addresses,
      NO_COLOR: "1",
    };
  }
}
