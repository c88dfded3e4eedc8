/**
 * Parses the program settings given as options of `npm start`. The program itself checks their
 * values (`infra/settings/`). Its errors suggest `pulumi config` commands, so they are reworded
 * here to suggest options.
 */

import type { ConfigError } from "../../infra/config.ts";
import { shellWord } from "../../infra/settings/commands.ts";
import type { KeyFaults } from "../../infra/settings/faults.ts";

export type GivenSettings = Readonly<Record<string, unknown>>;

/**
 * Adds a setting written as `key=value`. The value is parsed as JSON if possible.
 * @throws an error that says what is wrong
 */
export function withSetting(settings: GivenSettings, text: string): GivenSettings {
  const [, key, value = ""] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
  const path = key?.match(/[^.[\]]+/g);
  if (!path) throw new Error("a setting is written like routing=direct or timeouts.jsonMs=1000.");
  return withPart(settings, path, jsonOrText(value), []) as GivenSettings;
}

/** Adds a setting that is a comma-separated list of names. */
export function withNames(settings: GivenSettings, key: string, names: string): GivenSettings {
  return { ...settings, [key]: names.split(",").map((name) => name.trim()) };
}

/** An error as one line. */
export function oneLine(error: unknown): string {
  if (isConfigError(error)) return error.faults.map(asOption).join("; ");
  const lines = (error instanceof Error ? error.message : String(error)).split("\n").filter((line) => line.trim());
  return lines[0] ?? "unknown error";
}

/**
 * Checks the shape and not the class: the class is in the program, which must load after its mock
 * monitor.
 */
function isConfigError(error: unknown): error is ConfigError {
  return error instanceof Error && "faults" in error;
}

/** The program suggests commands for a Pulumi stack. Here an option does the same. */
function asOption({ key, text, repair }: KeyFaults): string {
  if (repair.kind === "ask") return `${text}: --set ${key}=VALUE`;
  if (repair.kind !== "set") return text;
  const value = typeof repair.value === "string" ? repair.value : JSON.stringify(repair.value);
  return `${text}: --set ${shellWord(`${key}=${value}`)}`;
}

function withPart(whole: unknown, path: readonly string[], value: unknown, above: readonly string[]): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (whole !== undefined && (typeof whole !== "object" || whole === null)) {
    throw new Error(`${above.join(".")} is set to a value without parts, so it has no ${part}.`);
  }
  const before = (whole as Record<string, unknown> | undefined)?.[part];
  const after = withPart(before, rest, value, [...above, part]);
  return Array.isArray(whole)
    ? Object.assign([...whole], { [part]: after })
    : { ...(whole as object | undefined), [part]: after };
}

function jsonOrText(text: string): unknown {
  try {
    const value = JSON.parse(text);
    // An id of many digits stays text, because a number would lose digits.
    return typeof value === "number" && String(value) !== text ? text : value;
  } catch {
    return text;
  }
}
