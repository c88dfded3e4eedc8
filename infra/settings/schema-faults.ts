/**
 * Converts an issue that the schema reports about one setting into faults with a repair. The repair
 * replaces a wrong part with its default or with the schema's example. It replaces a misspelt choice
 * with the nearest one, and an unknown name with the nearest known name, or removes it. Correct parts stay unchanged.
 */
import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { type Fault, type Repair, written } from "./faults.ts";
import { SECRET_KEYS, SETTINGS } from "./index.ts";

/** The parts of the schema's description that this file uses. */
interface Described {
  type?: string;
  /** A value that a user may set: JSON in single quotes, or a text. */
  example?: string;
  default?: unknown;
  enum?: readonly unknown[];
  minimum?: number;
  properties?: Readonly<Record<string, Described>>;
  required?: readonly string[];
  additionalProperties?: Described | false;
  items?: Described;
}

const DESCRIBED: Described = z.toJSONSchema(SETTINGS, { io: "input", unrepresentable: "any" }) as Described;

/** How many letters of a misspelt name may differ from the known name. */
const MAX_TYPOS = 3;
/** Settings whose values may contain secrets in unknown formats, such as the value of a header. */
const MAY_HOLD_SECRETS: ReadonlySet<string> = new Set(["otel"]);

/**
 * The list of clients has no example value, because a client that is not in the list is revoked.
 */
const LIST_ALL_CLIENTS: Repair = {
  kind: "edit",
  how: `pulumi config set clients '["NAME"]', with every client's name: a client that is left out is revoked`,
};

/** @returns whether a setting is text; Pulumi passes any other setting to the program as JSON */
export function isText(key: string): boolean {
  return DESCRIBED.properties?.[key]?.type === "string";
}

export function isKnown(key: string): boolean {
  return DESCRIBED.properties?.[key] !== undefined;
}

/**
 * @param issue as reported by the schema of one setting, so its path does not contain the setting
 */
export function schemaFaults(key: string, issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => unknownPart(key, [...issue.path, name]));
  }
  const path = [key, ...issue.path];
  return [{ key, where: written(path), problem: issue.message, repair: repairOf(key, issue.path) }];
}

export function unknownSetting(key: string): Fault {
  const nearest = nearestOf(key, Object.keys(DESCRIBED.properties ?? {}));
  const problem = `there is no such setting${nearest ? ` (did you mean ${nearest}?)` : ""}`;
  // The command line cannot name a key with a colon, because a colon ends the namespace.
  const repair: Repair = key.includes(":")
    ? { kind: "edit", how: "delete its line from the stack's file, Pulumi.<stack>.yaml" }
    : { kind: "remove" };
  return { key, where: key, problem, repair };
}

export function notJson(key: string): Fault {
  return { key, where: key, problem: "this is not valid JSON", repair: repairOf(key, []) };
}

function unknownPart(key: string, path: readonly PropertyKey[]): Fault {
  const name = String(path.at(-1));
  const above = path.slice(0, -1);
  const nearest = nearestOf(name, Object.keys(describedAt([key, ...above])?.properties ?? {}));
  const where = written([key, ...path]);
  const problem = `there is no such setting${nearest ? ` (did you mean ${written([key, ...above, nearest])}?)` : ""}`;
  const change = (value: unknown) => {
    const wrong = valueAt(value, path);
    const without = withPart(value, path, undefined);
    const isFree = nearest !== undefined && valueAt(value, [...above, nearest]) === undefined;
    return isFree ? withPart(without, [...above, nearest], wrong) : without;
  };
  return { key, where, problem, repair: isPrintable(key) ? { kind: "set", change } : { kind: "ask" } };
}

function repairOf(key: string, path: readonly PropertyKey[]): Repair {
  if (!isPrintable(key)) return { kind: "ask" };
  if (path.length === 0 && key === "clients") return LIST_ALL_CLIENTS;
  const described = describedAt([key, ...path]);
  const value = isOptional([key, ...path]) ? undefined : valueFor(described);
  return { kind: "set", change: (whole) => withPart(whole, path, choiceFor(described, valueAt(whole, path)) ?? value) };
}

/** @returns the choice that a misspelt one probably meant */
function choiceFor(described: Described | undefined, wrong: unknown): string | undefined {
  const choices = described?.enum?.filter((choice) => typeof choice === "string") ?? [];
  return typeof wrong === "string" ? nearestOf(wrong, choices) : undefined;
}

function isPrintable(key: string): boolean {
  return !SECRET_KEYS.has(key) && !MAY_HOLD_SECRETS.has(key);
}

function nearestOf(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const nearest = closest(name, known);
  const isTypo = nearest !== name && distance(nearest.toLowerCase(), name.toLowerCase()) <= MAX_TYPOS;
  return isTypo ? nearest : undefined;
}

function describedAt(path: readonly PropertyKey[]): Described | undefined {
  return path.reduce<Described | undefined>((at, part) => {
    if (typeof part === "number") return at?.items;
    return at?.properties?.[String(part)] ?? (at?.additionalProperties || undefined);
  }, DESCRIBED);
}

/**
 * @returns whether the part is an optional text without an example. The repair removes such a part,
 * because no value can be proposed.
 */
function isOptional(path: readonly PropertyKey[]): boolean {
  const described = describedAt(path);
  const isNamed = describedAt(path.slice(0, -1))?.properties?.[String(path.at(-1))] !== undefined;
  const isRequired = describedAt(path.slice(0, -1))?.required?.includes(String(path.at(-1))) === true;
  return path.length > 1 && isNamed && !isRequired && described?.type === "string" && valueFor(described) === "VALUE";
}

function valueFor(described: Described | undefined): unknown {
  const { default: preset, example, enum: choices, minimum, type } = described ?? {};
  if (example !== undefined) return type === "string" ? example : parsed(example);
  if (preset !== undefined) return preset;
  if (choices) return choices[0];
  if (type === "integer" || type === "number") return minimum ?? 1;
  if (type === "boolean") return false;
  if (type === "array") return [];
  return type === "object" ? {} : "VALUE";
}

/** Removes the quotes of a JSON example, which only a shell needs. */
function parsed(example: string): unknown {
  return JSON.parse(example.replace(/^'(.*)'$/s, "$1"));
}

function valueAt(whole: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), whole);
}

/** @param value undefined removes the part */
function withPart(whole: unknown, path: readonly PropertyKey[], value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  const copy: Record<PropertyKey, unknown> = Array.isArray(whole)
    ? ([...whole] as unknown as Record<PropertyKey, unknown>) // an array's items are its parts
    : { ...(isObject(whole) ? whole : {}) };
  const replaced = withPart(copy[part], rest, value);
  if (replaced === undefined) delete copy[part];
  else copy[part] = replaced;
  return copy;
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}
