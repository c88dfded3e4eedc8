/**
 * Runs any resources under the real Pulumi engine: a program that registers the resources of a
 * list, in its own folder and backend, with the local cloud in place of the real providers.
 */
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Inputs } from "../../../local/resources/resource-type.ts";
import type { CloudState } from "../../../local/state/index.ts";
import { PulumiCli, type Run } from "../pulumi-cli.ts";
import { LocalProviders } from "./index.ts";

const ROOT = join(import.meta.dirname, "../../..");

const PROGRAM = `
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
const { resources, providers } = JSON.parse(readFileSync("program.json", "utf8"));
const made = new Map();
for (const [name, args] of Object.entries(providers)) made.set(name, new pulumi.ProviderResource(name, name, args));
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

export class TestProgram {
  readonly providers: LocalProviders;
  resources: readonly TestResource[] = [];
  /** The providers' arguments by package. */
  readonly #args: Readonly<Record<string, Inputs>>;
  readonly #cli: PulumiCli;

  private constructor(providers: LocalProviders, args: Readonly<Record<string, Inputs>>) {
    this.providers = providers;
    this.#args = args;
    this.#cli = new PulumiCli(() => ({ PULUMI_DEBUG_PROVIDERS: providers.addresses }));
  }

  /** @param args the providers' arguments by package */
  static async start(state: CloudState, args: Readonly<Record<string, Inputs>>): Promise<TestProgram> {
    const program = new TestProgram(await LocalProviders.start(state, () => ({})), args);
    const { folder } = program.#cli;
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
    this.#cli.remove();
  }

  run(...args: string[]): Promise<Run> {
    const program = { resources: this.resources, providers: this.#args };
    writeFileSync(join(this.#cli.folder, "program.json"), JSON.stringify(program));
    return this.#cli.run(args);
  }
}
