/**
 * The commands that the program prints, run as they are printed: in bash, by the real CLI, on both
 * ways in which a stack's file can hold a value. What they promise is what the file then holds.
 */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { PROJECT } from "../../local/sandbox/index.ts";
import { WRONG_CONFIGURATIONS } from "../program/configuration-cases.ts";
import { describeEngine, Engine } from "./engine.ts";

const STACK = "one";
const REPAIRABLE = WRONG_CONFIGURATIONS.filter(({ repaired }) => repaired);

type Values = Readonly<Record<string, unknown>>;

/** As `pulumi config set` stores a value, and as a person writes one into the file. */
const STORED: readonly [how: string, stored: (value: unknown) => unknown][] = [
  ["as text", (value) => (typeof value === "string" ? value : JSON.stringify(value))],
  ["as YAML", (value) => value],
];

describeEngine("the command of a refusal", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await Engine.start();
    await engine.addStack(STACK);
  });
  afterAll(() => engine?.stop());

  describe.each(STORED)("where values are stored %s", (_how, stored) => {
    it.each(REPAIRABLE)("repairs $what", async ({ config, line, repaired }) => {
      const file = join(engine.folder, `Pulumi.${STACK}.yaml`);
      const { config: secrets, ...rest } = parse(readFileSync(file, "utf8"));
      const others = { environmentNote: "kept" };
      const before = inNamespace({ ...config, ...others }, stored);
      writeFileSync(file, stringify({ ...rest, config: { ...secrets, ...before } }));

      await run(engine, commandOf(line));

      const after = parse(readFileSync(file, "utf8"));
      writeFileSync(file, stringify({ ...rest, config: secrets }));
      expect(decoded(after.config, secrets)).toEqual(withoutUndefined({ ...config, ...others, ...repaired }));
    });
  });
});

/** What follows the problem; no problem holds the words. */
function commandOf(line: string): string {
  const command = line.slice(line.indexOf("pulumi config "));
  expect(command).toMatch(/^pulumi config (set|rm) /);
  return command;
}

async function run(engine: Engine, command: string): Promise<void> {
  await promisify(execFile)("bash", ["-c", command], {
    cwd: engine.folder,
    env: { ...engine.environment, PULUMI_STACK: STACK },
  });
}

function inNamespace(values: Values, stored: (value: unknown) => unknown): Values {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([key, value]) => [`${PROJECT}:${key}`, stored(value)]));
}

/** As the program reads it: a text that is JSON is what it stands for. */
function decoded(config: Values, secrets: Values): Values {
  const own = Object.entries(config).filter(([key]) => !(key in secrets));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(PROJECT.length + 1), asValue(value)]));
}

function asValue(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function withoutUndefined(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
