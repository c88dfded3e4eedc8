/**
 * Checks a stack's settings. A configuration and a component's arguments get the same check: first
 * each setting against the schema, then the rules between settings. All faults are reported at
 * once. A rule is skipped if one of its settings does not match the schema. Two defaults depend on
 * another setting: those of `vertexLocations` and `chain`.
 */
import type { z } from "zod";
import { defaultChain } from "./chain.ts";
import { defaultLocations } from "./default-locations.ts";
import type { Fault } from "./faults.ts";
import { SETTINGS, type Settings } from "./index.ts";
import { RULES } from "./rules.ts";
import { schemaFaults, unknownSetting } from "./schema-faults.ts";

export type Parsed = { kind: "settings"; settings: Settings } | { kind: "faults"; faults: readonly Fault[] };

const SCHEMAS: Readonly<Record<string, z.ZodType>> = SETTINGS.shape;

/**
 * @param given settings by key; undefined counts as missing
 * @param later keys whose values are not known yet, such as outputs of other resources. They pass,
 * and their value in the result is the text "(known later)".
 */
export function parseSettings(
  given: Readonly<Record<string, unknown>>,
  later: ReadonlySet<string> = new Set(),
): Parsed {
  const faults: Fault[] = Object.keys(given)
    .filter((key) => !Object.hasOwn(SCHEMAS, key) && given[key] !== undefined)
    .map(unknownSetting);
  const right: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(SCHEMAS)) {
    if (later.has(key)) {
      right[key] = "(known later)";
      continue;
    }
    const parsed = schema.safeParse(given[key]);
    if (parsed.success) right[key] = parsed.data;
    else faults.push(...parsed.error.issues.flatMap((issue) => schemaFaults(key, issue)));
  }
  const settings = right as Settings; // a rule below runs only if all settings that it reads are present
  const isDefault = given.vertexLocations === undefined && !later.has("vertexLocations");
  if (isDefault) right.vertexLocations = defaultLocations(settings.allowedLocations);
  if (given.chain === undefined && Object.hasOwn(right, "bedrock")) right.chain = defaultChain(settings.bedrock);
  for (const { reads, faults: broken } of RULES) {
    if (reads.every((key) => Object.hasOwn(right, key))) faults.push(...broken(settings));
  }
  return faults.length > 0 ? { kind: "faults", faults } : { kind: "settings", settings };
}

/** @returns one line for each fault: `where: problem` */
export function faultLines(faults: readonly Fault[]): string {
  return faults.map(({ where, problem }) => `  - ${where}: ${problem}`).join("\n");
}
