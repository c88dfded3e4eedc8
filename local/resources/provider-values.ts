/**
 * Values as Pulumi puts them on the wire to a provider: a secret is an object with a signature around it, and what is not known
 * before an `up` is one agreed text. Secrets that come in go out as secrets, or the state would hold them in clear.
 */
import { isDeepStrictEqual } from "node:util";
import type { Inputs } from "./resource-type.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function unwrap(value: unknown): Inputs {
  return JSON.parse(JSON.stringify(value), (_key, inner) => (inner?.[SIGNATURE] === SECRET ? inner.value : inner));
}

/** With a mark in place of each secret. */
export function mask(value: unknown): Inputs {
  return JSON.parse(JSON.stringify(value), (_key, inner) => (inner?.[SIGNATURE] === SECRET ? "[secret]" : inner));
}

/** @param outputs plain; those that are in `secretOutputs`, or made of a secret input, come back as secrets. */
export function wrap(outputs: Inputs, inputs: Inputs, secretOutputs: readonly string[] = []): Inputs {
  const entries = Object.entries(outputs).map(([name, value]) => {
    const isSecret = secretOutputs.includes(name) || holds(inputs[name], SECRET);
    return [name, isSecret ? { [SIGNATURE]: SECRET, value } : value];
  });
  return Object.fromEntries(entries);
}

/** Names of the members that differ, secret or not; what is not known yet differs from everything. */
export function changedNames(before: Inputs, after: Inputs): string[] {
  const [old, wanted] = [unwrap(before), unwrap(after)];
  const names = new Set([...Object.keys(old), ...Object.keys(wanted)]);
  return [...names].filter((name) => !isDeepStrictEqual(old[name], wanted[name]));
}

/** What has the same plain value keeps the form it had: the engine would show another place of a secret as a change. */
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
