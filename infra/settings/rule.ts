/** What a rule between settings is. */
import type { Fault, Repair } from "./faults.ts";
import type { Settings } from "./index.ts";

type Key = keyof Settings;

export interface Rule {
  /** The rule is skipped if one of these is wrong by itself. */
  reads: readonly Key[];
  faults(settings: Settings): readonly Fault[];
}

export const remove: Repair = { kind: "remove" };

export function faultIf(isBroken: boolean, key: Key, problem: string, repair: Repair): Fault[] {
  return isBroken ? [{ key, where: key, problem, repair }] : [];
}
