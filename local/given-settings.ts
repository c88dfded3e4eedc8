/**
 * Settings of the program as options of `npm start` give them. What a setting may be is the
 * program's own business (`infra/settings/`). Its errors are reworded here: they name options.
 */

export type GivenSettings = Readonly<Record<string, unknown>>;

/**
 * `key=value`, where a value is JSON where it can be.
 * @throws an error whose message says what is wrong
 */
export function withSetting(settings: GivenSettings, text: string): GivenSettings {
  const [, key, value = ""] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
  const path = key?.match(/[^.[\]]+/g);
  if (!path) throw new Error("a setting is written like routing=direct or timeouts.jsonMs=1000.");
  return withPart(settings, path, jsonOrText(value), []) as GivenSettings;
}

/** A list of names, with commas between them. */
export function withNames(settings: GivenSettings, key: string, names: string): GivenSettings {
  return { ...settings, [key]: names.split(",").map((name) => name.trim()) };
}

/** What the program, or whoever failed, has to say, on one line. */
export function oneLine(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split("\n").filter((line) => line.trim());
  const faults = lines.filter((line) => line.startsWith(LISTED)).map((line) => asOption(line.slice(LISTED.length)));
  return faults.length > 0 ? faults.join("; ") : (lines[0] ?? "unknown error");
}

/** How the program lists what is wrong with its configuration. */
const LISTED = "  - ";

/** The program's cures are commands for a stack of Pulumi's. */
function asOption(fault: string): string {
  return fault
    .replace(/: pulumi config set --path '([^']+)' (.+)$/, ": --set $1=$2")
    .replace(/: pulumi config set --secret (\S+)$/, ": --set $1=<value>")
    .replace(/: pulumi config set (\S+) (.+)$/, ": --set $1=$2")
    .replace(/: pulumi config rm .+$/, "");
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
    // An id of many digits is a text: as a number it would lose some.
    return typeof value === "number" && String(value) !== text ? text : value;
  } catch {
    return text;
  }
}
