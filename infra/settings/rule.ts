/** What a rule between settings is, and what several rules need. */
import type { Fault, Repair } from "./faults.ts";
import type { Settings } from "./index.ts";

type Key = keyof Settings;

export interface Rule {
  /** The rule is skipped if one of these is wrong by itself. */
  reads: readonly Key[];
  faults(settings: Settings): readonly Fault[];
}

/** Names that occur more than once, each of them once. */
export function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

export const remove: Repair = { kind: "remove" };

export function faultIf(isBroken: boolean, key: Key, problem: string, repair: Repair): Fault[] {
  return isBroken ? [{ key, where: key, problem, repair }] : [];
}
