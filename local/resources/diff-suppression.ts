/** Rules for values that a provider treats as the same although they differ, by argument name. */
import { isDeepStrictEqual } from "node:util";
import type { ResourceType } from "./resource-type.ts";

type Same = NonNullable<ResourceType["same"]>;

/** @param values values that mean the same as a missing argument */
export function sameAsUnset(values: Readonly<Record<string, readonly unknown[]>>): Same {
  return (name, before, wanted) =>
    (before === undefined || wanted === undefined) &&
    (values[name] ?? []).some((value) => isDeepStrictEqual(value, before ?? wanted));
}

/** @param names arguments that are lists without a meaningful order */
export function sameAsSets(...names: readonly string[]): Same {
  return (name, before, wanted) =>
    names.includes(name) &&
    Array.isArray(before) &&
    Array.isArray(wanted) &&
    isDeepStrictEqual(new Set(before), new Set(wanted));
}

export function anyOf(...rules: readonly Same[]): Same {
  return (name, before, wanted) => rules.some((same) => same(name, before, wanted));
}
