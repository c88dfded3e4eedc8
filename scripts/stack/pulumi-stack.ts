/** A stack of the pulumi CLI. What is read once is kept until something changes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import type { ResourceNames } from "../../infra/names.ts";
import { type Parsed, parseSettings } from "../../infra/settings/parse.ts";
import type { Clouds } from "../clouds/clouds.ts";
import { liveClouds } from "../clouds/live.ts";
import { Failure } from "../command/failure.ts";
import { redact } from "../command/redact.ts";
import { fromTexts, namesOf } from "./configuration.ts";
import { type CliOptions, PulumiCli } from "./pulumi-cli.ts";
import type { Outputs, Stack, StackResource } from "./stack.ts";

const OUTPUTS = z.object({
  url: z.string().optional(),
  gatewayUrl: z.string(),
  clientTokens: z.record(z.string(), z.string()),
  gatewayToken: z.string(),
});
const CONFIGURED = z.record(z.string(), z.object({ value: z.string().optional(), secret: z.boolean().optional() }));
const EXPORT = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          urn: z.string(),
          type: z.string(),
          id: z.string().default(""),
          created: z.string().optional(),
          custom: z.boolean().default(false),
          inputs: z.record(z.string(), z.unknown()).default({}),
        }),
      )
      .default([]),
  }),
});

const PROJECT = z.object({ name: z.string() });
const LISTED = z.array(z.object({ name: z.string() }));

/** How a secret is written in a state. Source: pulumi/pulumi, sdk/go/common/resource/sig.go. */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

export class PulumiStack implements Stack {
  readonly clouds: Clouds;
  readonly #name: string | undefined;
  readonly #options: CliOptions;
  readonly #cli: PulumiCli;
  readonly #read = new Map<string, Promise<string>>();

  /** @param name undefined: the selected stack */
  constructor(name: string | undefined, options: CliOptions) {
    this.#name = name;
    this.#options = options;
    this.#cli = new PulumiCli(options);
    this.clouds = liveClouds(options.environment, () => this.#allConfigured(), options.signal);
  }

  get title(): string {
    return this.#name === undefined ? "the selected stack" : `stack ${this.#name}`;
  }

  async project(): Promise<string> {
    const file = "Pulumi.yaml";
    const text = await readFile(join(this.#options.folder ?? ".", file), "utf8").catch(() => {
      throw new Failure("usage", `there is no ${file} here`, "run the command in the project's folder");
    });
    return PROJECT.parse(parseYaml(text)).name;
  }

  async siblings(): Promise<readonly Stack[]> {
    const listed = LISTED.parse(JSON.parse(await this.#cli.run(["stack", "ls", "--json"])));
    return listed.map(({ name }) => new PulumiStack(name, this.#options));
  }

  async identity() {
    const stack = this.#name ?? (await this.#text("stack", "--show-name"));
    return { project: await this.project(), stack: stack.trim().split("/").at(-1) ?? stack };
  }

  async names(): Promise<ResourceNames> {
    return namesOf(await this.identity(), await this.configured());
  }

  async configured(): Promise<Record<string, unknown>> {
    const { project } = await this.identity();
    const own = Object.entries(await this.#allConfigured()).flatMap(([fullKey, value]) =>
      fullKey.startsWith(`${project}:`) ? [[fullKey.slice(project.length + 1), value] as const] : [],
    );
    return fromTexts(Object.fromEntries(own));
  }

  async settings(): Promise<Parsed> {
    return parseSettings(await this.configured());
  }

  async outputs(): Promise<Outputs | undefined> {
    const found = OUTPUTS.safeParse(JSON.parse(await this.#text("stack", "output", "--json", "--show-secrets")));
    return found.success ? { ...found.data, url: found.data.url } : undefined;
  }

  async resources(): Promise<readonly StackResource[]> {
    const { deployment } = await this.#json(EXPORT, "stack", "export");
    return deployment.resources.flatMap(({ urn, type, id, created, custom, inputs }) =>
      custom && !type.startsWith("pulumi:providers:")
        ? [
            {
              type,
              id,
              name: urn.split("::").at(-1) ?? "",
              createdMs: created === undefined ? undefined : Date.parse(created),
              inputs: Object.fromEntries(Object.entries(inputs).filter(([, value]) => !holdsSecret(value))),
            },
          ]
        : [],
    );
  }

  async set(key: string, value: unknown, { secret = false } = {}): Promise<void> {
    const input = typeof value === "string" ? value : JSON.stringify(value);
    await this.#cli.run(["config", "set", ...(secret ? ["--secret"] : []), ...this.#selected, "--", key], { input });
    this.#read.clear();
  }

  async remove(key: string): Promise<void> {
    await this.#cli.run(["config", "rm", ...this.#selected, "--", key]);
    this.#read.clear();
  }

  async up(onLine: (line: string) => void): Promise<void> {
    this.#read.clear();
    await this.#cli.run(["up", "--yes", "--skip-preview", ...this.#selected], {
      onLine: (line) => onLine(redact(line)),
      timeoutMs: null,
    });
  }

  get #selected(): string[] {
    return this.#name === undefined ? [] : ["--stack", this.#name];
  }

  /** All configuration by full key, secrets in clear. */
  async #allConfigured(): Promise<Record<string, string>> {
    const configured = await this.#json(CONFIGURED, "config", "--json", "--show-secrets");
    return Object.fromEntries(Object.entries(configured).map(([key, { value = "" }]) => [key, value]));
  }

  async #json<Value>(shape: z.ZodType<Value>, ...args: readonly string[]): Promise<Value> {
    return shape.parse(JSON.parse(await this.#text(...args)));
  }

  #text(...args: readonly string[]): Promise<string> {
    const command = args.join(" ");
    const known = this.#read.get(command) ?? this.#cli.run([...args, ...this.#selected]);
    this.#read.set(command, known);
    return known;
  }
}

function holdsSecret(value: unknown): boolean {
  return JSON.stringify(value)?.includes(SECRET_SIGNATURE) ?? false;
}
