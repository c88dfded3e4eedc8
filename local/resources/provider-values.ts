/**
 * Converts values to and from Pulumi's wire format for providers. A secret is an object with a
 * signature. A value that is not known before `up` is a fixed text. A secret input must come back
 * as a secret output, or the state would store it in clear text.
 */
import { isDeepStrictEqual } from "node:util";
import type { Inputs } from "./resource-type.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function unwrap(value: unknown): Inputs {
  return JSON.parse(JSON.stringify(value), (_key, inner) => (inner?.[SIGNATURE] === SECRET ? inner.value : inner));
}

/** Replaces each secret with a mark. */
export function mask(value: unknown): Inputs {
  return JSON.parse(JSON.stringify(value), (_key, inner) => (inner?.[SIGNATURE] === SECRET ? "[secret]" : inner));
}

/**
 * Marks outputs as secret if `secretOutputs` lists them or their input is secret.
 * @param outputs plain values
 */
export function wrap(outputs: Inputs, inputs: Inputs, secretOutputs: readonly string[] = []): Inputs {
  const entries = Object.entries(outputs).map(([name, value]) => {
    const isSecret = secretOutputs.includes(name) || holds(inputs[name], SECRET);
    return [name, isSecret ? { [SIGNATURE]: SECRET, value } : value];
  });
  return Object.fromEntries(entries);
}

/**
 * Names of the members whose plain values differ. An unknown value differs from every other value.
 */
export function changedNames(before: Inputs, after: Inputs): string[] {
  const [old, wanted] = [unwrap(before), unwrap(after)];
  const names = new Set([...Object.keys(old), ...Object.keys(wanted)]);
  return [...names].filter((name) => !isDeepStrictEqual(old[name], wanted[name]));
}

/**
 * Keeps the old form of values that did not change. Otherwise the engine would report a change when
 * only the position of a secret differs.
 */
export function keepForm(before: Inputs, after: Inputs): Inputs {
  const changed = changedNames(before, after);
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, changed.includes(name) ? value : before[name]]),
  );
}

export function holds(value: unknown, text: string): boolean {
  return JSON.stringify(value)?.includes(JSON.stringify(text)) ?? false;
}

export function pick(from: Inputs, names: readonly string[]): Inputs {
  return Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));
}

export function without(from: Inputs, names: readonly string[]): Inputs {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)));
}
