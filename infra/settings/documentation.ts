/**
 * Writes docs/configuration.md from the schema, so that the page always matches the checks.
 */
import { z } from "zod";
import { SECRET_KEYS, SECTIONS } from "./index.ts";

/** The part of JSON Schema that the settings use. */
interface Described {
  type?: string;
  description?: string;
  example?: string;
  default?: unknown;
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  properties?: Readonly<Record<string, Described>>;
  required?: readonly string[];
  items?: Described;
  additionalProperties?: Described | false;
}

const INTRODUCTION = `# Configuration

This page lists every setting of a stack. It is written from the schema in \`infra/settings/\`, which
also checks the settings. A key has no prefix. A value that is not text is written as JSON:

    pulumi config set routing direct
    pulumi config set timeouts '{"jsonMs":120000,"chainMs":300000}'

Always set the whole value of a setting. These commands store the value as text, and with such a
value \`pulumi config set --path timeouts.jsonMs 120000\` would drop every other time limit. In the
stack's file you may also write a value as YAML, because Pulumi and the program read both forms.

Set a secret without its value on the command line. Pulumi then asks for the value:

    pulumi config set --secret anthropicApiKey

The program checks every setting before it calls a cloud. It reports all faults at once, with one
line for each setting. The line has a command that repairs the setting and keeps the correct parts
of its value.

The credentials of the deployer are not settings. The program uses \`CLOUDFLARE_API_TOKEN\` and
Google's application default credentials from the shell. \`cloudflare:apiToken\` works too, but then
the state contains the token, and every refresh and destroy needs \`--run-program\`.
`;

/** @returns the complete text of docs/configuration.md */
export function configurationDocument(): string {
  const tables = SECTIONS.map(({ title, shape }) => {
    const schema = z.toJSONSchema(z.strictObject(shape), { io: "input", unrepresentable: "any" }) as Described;
    const rows = Object.entries(schema.properties ?? {}).flatMap(([key, described]) =>
      rowsOf(key, described, schema.required?.includes(key) === true),
    );
    return [`## ${title}`, "", "| setting | value | default | |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
  });
  return [INTRODUCTION, ...tables].join("\n");
}

function rowsOf(path: string, described: Described, isRequired: boolean): string[] {
  const row =
    `| \`${path}\` | ${formOf(path, described)} | ${defaultOf(path, described, isRequired)} | ` +
    `${described.description ?? ""} |`;
  const { properties, required, suffix } = membersOf(described);
  const nested = Object.entries(properties ?? {}).flatMap(([name, member]) =>
    rowsOf(`${path}${suffix}.${name}`, member, required?.includes(name) === true),
  );
  return [row, ...nested];
}

/** @returns the members of an object, or of the objects in an array or a record */
function membersOf(described: Described): Pick<Described, "properties" | "required"> & { suffix: string } {
  if (described.items) return { ...described.items, suffix: "[]" };
  if (described.additionalProperties) return { ...described.additionalProperties, suffix: ".<name>" };
  return { ...described, suffix: "" };
}

function formOf(path: string, { type, enum: choices, minimum, maximum, items }: Described): string {
  if (SECRET_KEYS.has(path)) return "secret text";
  if (choices) return choices.map((choice) => `\`${choice}\``).join(", ");
  if (items?.enum) return `list of ${formOf("", items)}`;
  const bounded = (bound: number | undefined): bound is number =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const limits = [bounded(minimum) ? `from ${minimum}` : "", bounded(maximum) ? `to ${maximum}` : ""].join(" ").trim();
  const name = (
    { string: "text", boolean: "true or false", array: "list", integer: "number" } as Record<string, string>
  )[type ?? ""];
  return [name ?? type ?? "any", limits].filter((part) => part !== "").join(" ");
}

function defaultOf(path: string, described: Described, isRequired: boolean): string {
  if (isRequired) return path.includes(".") ? "needed" : "**needed**";
  const hasOwnDefault = described.default !== undefined && JSON.stringify(described.default) !== "{}";
  return hasOwnDefault ? `\`${JSON.stringify(described.default)}\`` : "";
}
