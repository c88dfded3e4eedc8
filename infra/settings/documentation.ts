/**
 * Writes docs/configuration.md from the schema, so that the page always matches what is checked.
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

Every setting of a stack, written by the schema in \`infra/settings/\` itself. A key is bare, and a
value that is not text is JSON:

    pulumi config set routing direct
    pulumi config set timeouts '{"jsonMs":120000,"chainMs":300000}'

A setting is always given whole. \`pulumi config set --path timeouts.jsonMs 120000\` would drop every
other time limit of a value that is stored as text, which the commands above do. In the stack's file
a setting may also be written as YAML; Pulumi and the program read both.

A secret is set without its value on the command line, which asks for it:

    pulumi config set --secret anthropicApiKey

Everything is checked before a cloud is called. All faults are reported at once, a line for each
setting, with a command that repairs it and keeps the rest of its value.

The deployer's own credentials are not settings: \`CLOUDFLARE_API_TOKEN\` and Google's application
default credentials of the shell are used. \`cloudflare:apiToken\` works too, but is then kept in the
state, and every refresh and destroy needs \`--run-program\`.
`;

/** The whole of docs/configuration.md. */
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

/** Members of an object, of an array's objects, or of a record's objects. */
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
