/** The type of a rule between settings, and functions that several rules use. */
import type { Fault, Repair } from "./faults.ts";
import type { Settings } from "./index.ts";

type Key = keyof Settings;

export interface Rule {
  /**
   * The settings that the rule reads. If one of them does not match the schema, the rule is
   * skipped.
   */
  reads: readonly Key[];
  faults(settings: Settings): readonly Fault[];
}

/** @returns each name that occurs more than once */
export function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

export const remove: Repair = { kind: "remove" };

export function faultIf(isBroken: boolean, key: Key, problem: string, repair: Repair): Fault[] {
  return isBroken ? [{ key, where: key, problem, repair }] : [];
}
