/**
 * Runs the commands that the program prints, in bash and with the real CLI, for both ways to store
 * a value in a stack's file. The file must then contain the promised settings.
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

/** `pulumi config set` stores a value as text. A person may write it as YAML. */
const STORED: readonly [how: string, stored: (value: unknown) => unknown][] = [
  ["as text", (value) => (typeof value === "string" ? value : JSON.stringify(value))],
  ["as YAML", (value) => value],
];

describeEngine("the command in an error line", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await Engine.start();
    await engine.addStack(STACK);
  });
  afterAll(() => engine?.stop());

  describe.each(STORED)("with values that are stored %s", (_how, stored) => {
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

/** @returns the command after the problem; no problem contains "pulumi config" */
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

/** Decodes values as the program does: a string that is valid JSON stands for its value. */
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
