/** What a provider takes for the same although it is not equal, as tables by argument. */
import { isDeepStrictEqual } from "node:util";
import type { ResourceType } from "./resource-type.ts";

type Same = NonNullable<ResourceType["same"]>;

/** @param values those that an argument left out does not differ from */
export function unsetIs(values: Readonly<Record<string, readonly unknown[]>>): Same {
  return (name, before, wanted) =>
    (before === undefined || wanted === undefined) &&
    (values[name] ?? []).some((value) => isDeepStrictEqual(value, before ?? wanted));
}

/** @param names of lists whose order means nothing */
export function asSets(...names: readonly string[]): Same {
  return (name, before, wanted) =>
    names.includes(name) &&
    Array.isArray(before) &&
    Array.isArray(wanted) &&
    isDeepStrictEqual(new Set(before), new Set(wanted));
}

export function anyOf(...rules: readonly Same[]): Same {
  return (name, before, wanted) => rules.some((same) => same(name, before, wanted));
}
