/**
 * What is wrong with a configuration, one line a fault: which setting, why, and the command that mends it. No line repeats a
 * value, which may be a secret; a secret's command has none, so that the CLI asks for it.
 */
import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { SECRET_KEYS, SETTINGS } from "./settings/index.ts";

/** A description of the schema, as far as it is looked at. */
interface Described {
  type?: string;
  example?: string;
  properties?: Readonly<Record<string, Described>>;
  items?: Described;
}

const DESCRIBED: Described = z.toJSONSchema(SETTINGS, { io: "input", unrepresentable: "any" }) as Described;
/** In how many letters a name may differ from the one that was meant. */
const MAX_TYPOS = 3;

/** A value that is no text arrives as JSON. */
export function isStructured(key: string): boolean {
  return DESCRIBED.properties?.[key]?.type !== "string";
}

export function fault(key: string, problem: string): string {
  const value = DESCRIBED.properties?.[key]?.example ?? "<value>";
  return `${key}: ${problem}: pulumi config set ${SECRET_KEYS.has(key) ? `--secret ${key}` : `${key} ${value}`}`;
}

export function toFaults(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((name) => unknown([...issue.path.map(String), name]));
  const [key, ...rest] = issue.path.map(String);
  if (key === undefined) return [issue.message];
  if (rest.length === 0) return [fault(key, issue.message)];
  // Only the wrong part is set anew: the rest of the setting stays.
  const path = written(issue.path.map(String));
  return [`${path}: ${issue.message}: pulumi config set --path '${path}' <value>`];
}

function unknown(path: readonly string[]): string {
  const known = Object.keys(describedAt(path.slice(0, -1))?.properties ?? {});
  const name = path.at(-1) ?? "";
  const nearest = known.length > 0 ? closest(name, known) : name;
  const isTypo = nearest !== name && distance(nearest.toLowerCase(), name.toLowerCase()) <= MAX_TYPOS;
  const hint = isTypo ? ` (${written([...path.slice(0, -1), nearest])} is)` : "";
  const where = path.length === 1 ? name : `--path '${written(path)}'`;
  return `${written(path)}: there is no such setting${hint}: pulumi config rm ${where}`;
}

function describedAt(path: readonly string[]): Described | undefined {
  return path.reduce<Described | undefined>(
    (at, part) => (/^\d+$/.test(part) ? at?.items : at?.properties?.[part]),
    DESCRIBED,
  );
}

/** As the CLI's `--path` wants it. */
function written(path: readonly string[]): string {
  return path.map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : `${index > 0 ? "." : ""}${part}`)).join("");
}
