/**
 * Which arguments of a resource differ from the last known ones, as a provider's diff reports them.
 */
import { changedNames, holds, UNKNOWN, unwrap } from "./provider-values.ts";
import type { Inputs, ResourceType } from "./resource-type.ts";

/**
 * @returns the names of changed arguments that need an update; an unknown value counts as changed
 */
export function differences({ optionalComputed = [], same }: ResourceType, before: Inputs, wanted: Inputs): string[] {
  const [had, wants] = [unwrap(before), unwrap(wanted)];
  return changedNames(before, wanted)
    .filter((name) => wants[name] !== undefined || !optionalComputed.includes(name))
    .filter((name) => holds(wants[name], UNKNOWN) || !same?.(name, had[name], wants[name]));
}
