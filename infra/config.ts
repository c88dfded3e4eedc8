/**
 * The only reader of Pulumi's configuration: one schema with every default, one typed object out. All faults are told at
 * once, each with the command that mends it, and no secret's value is ever part of a message.
 */
import * as pulumi from "@pulumi/pulumi";
import { isConfigSecret } from "@pulumi/pulumi/runtime/config.js";
import { z } from "zod";

const LOCATION = /^(global|us|eu|[a-z]+-[a-z]+[0-9]+)$/;
const location = z.string().regex(LOCATION, "a Vertex location is a region such as us-east5, or us, eu, global");
const clientName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "a client's name has up to 32 lower-case letters, digits and '-'");

/** A client is a name, or a name and what it may do beyond sending messages. */
const client = z.preprocess(
  (given) => (typeof given === "string" ? { name: given } : given),
  z.strictObject({ name: clientName, operator: z.boolean().default(false), batches: z.boolean().default(false) }),
);

const model = z.strictObject({
  vertexId: z.string().regex(/^[a-z0-9-]+(@[a-z0-9-]+)?$/, "a Vertex model id is like claude-sonnet-4-5@20250929"),
  locations: z.array(location),
});

const timeouts = z
  .strictObject({
    firstByteMs: z.int().min(1).default(60_000),
    firstEventMs: z.int().min(1).default(120_000),
    jsonMs: z.int().min(1).default(280_000),
    chainMs: z.int().min(1).default(590_000),
  })
  .prefault({});

const breaker = z
  .strictObject({
    failures: z.int().min(1).default(5),
    windowMs: z.int().min(1).default(30_000),
    openMs: z.int().min(1).default(30_000),
  })
  .prefault({});

/** One entry a key; a description ends up in the fault's text. */
const SCHEMA = z.strictObject({
  cloudflareAccountId: z
    .string({ error: "the Cloudflare account id is missing" })
    .regex(/^[0-9a-f]{32}$/, "a Cloudflare account id has 32 hexadecimal digits in lower case"),
  googleProject: z
    .string({ error: "the Google Cloud project id is missing" })
    .regex(
      /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
      "a Google Cloud project id has 6 to 30 lower-case letters, digits and hyphens",
    ),
  anthropicApiKey: z
    .string({ error: "the Anthropic API key is missing" })
    .regex(/^sk-ant-[\w-]{8,}$/, "an Anthropic API key starts with sk-ant-"),
  gatewayToken: z
    .string()
    .regex(/^[\w-]{40,80}$/, "a Cloudflare API token has 40 to 80 letters, digits, '-' and '_'")
    .optional(),
  vertexLocations: z.array(location).min(1, "at least one Vertex location is needed").default(["us-east5"]),
  allowedLocations: z.array(location).optional(),
  clients: z
    .array(client)
    .min(1, "at least one client is needed")
    .refine((clients) => repeated(clients) === undefined, {
      error: ({ input }) => `the client ${repeated(input as { name: string }[])} is named twice`,
    })
    .prefault(["default"]),
  routing: z.enum(["universal", "direct", "bypass"]).default("universal"),
  force: z
    .string()
    .regex(/^(anthropic|vertex\/[a-z0-9-]+)$/, "a target is anthropic or vertex/<location>")
    .optional(),
  corsOrigins: z.array(z.url({ protocol: /^https?$/, error: "an origin is like https://app.example.com" })).default([]),
  models: z
    .record(z.string().regex(/^claude-[a-z0-9-]+$/, "a model's id is like claude-sonnet-4-6"), model)
    .default({}),
  workersSubdomain: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/, "the account's workers.dev name, without .workers.dev")
    .optional(),
  logPayloads: z.boolean().default(false),
  timeouts,
  breaker,
});

const SECRETS = new Set(["anthropicApiKey", "gatewayToken"]);
/** Keys whose value is not a string arrive as JSON. */
const STRUCTURED = new Set([
  "vertexLocations",
  "allowedLocations",
  "clients",
  "corsOrigins",
  "models",
  "logPayloads",
  "timeouts",
  "breaker",
]);
const EXAMPLES: Readonly<Record<string, string>> = {
  cloudflareAccountId: "<32 hexadecimal digits>",
  googleProject: "<project id>",
  vertexLocations: `'["us-east5"]'`,
  allowedLocations: `'["us-east5","us"]'`,
  clients: `'["default"]'`,
  routing: "universal",
  force: "vertex/us-east5",
  corsOrigins: `'["https://app.example.com"]'`,
  models: `'{"claude-x":{"vertexId":"claude-x","locations":["us"]}}'`,
  workersSubdomain: "<name>",
  logPayloads: "false",
  timeouts: `'{"firstByteMs":60000}'`,
  breaker: `'{"failures":5}'`,
};

type Checked = z.infer<typeof SCHEMA>;

export type Config = Omit<Checked, "anthropicApiKey" | "gatewayToken"> & {
  anthropicApiKey: pulumi.Output<string>;
  /** Given where the deployer may not mint tokens; a token that may run AI Gateway. */
  gatewayToken: pulumi.Output<string> | undefined;
  /** Absent where the environment's CLOUDFLARE_API_TOKEN is used, which never enters the state. */
  cloudflareApiToken: pulumi.Output<string> | undefined;
};

/** @throws {pulumi.RunError} with every fault, a line each. */
export function readConfig(): Config {
  const project = pulumi.getProject();
  const stored = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(`${project}:`))
    .map(([key, value]) => [key.slice(project.length + 1), value] as const);
  const inClear = stored.flatMap(([key]) => (SECRETS.has(key) && !isConfigSecret(`${project}:${key}`) ? [key] : []));
  const faults = inClear.map((key) => fault(key, "a secret is stored in clear text"));

  const parsed = SCHEMA.safeParse(Object.fromEntries(stored.map(([key, value]) => [key, decode(key, value)])));
  if (!parsed.success) {
    // One cure mends both of a key's faults.
    faults.push(...parsed.error.issues.filter(({ path }) => !inClear.includes(String(path[0]))).flatMap(toFaults));
  } else {
    faults.push(...residencyFaults(parsed.data));
  }
  const cloudflareApiToken = new pulumi.Config("cloudflare").getSecret("apiToken");
  if (!cloudflareApiToken && !process.env.CLOUDFLARE_API_TOKEN) {
    faults.push(
      "no Cloudflare API token: export CLOUDFLARE_API_TOKEN (or: pulumi config set --secret cloudflare:apiToken)",
    );
  }
  if (!parsed.success || faults.length > 0) {
    const list = faults.map((line) => `  - ${line}`).join("\n");
    throw new pulumi.RunError(`The configuration of stack ${pulumi.getStack()} cannot be used:\n${list}`);
  }
  const { anthropicApiKey, gatewayToken, ...plain } = parsed.data;
  return {
    ...plain,
    anthropicApiKey: pulumi.secret(anthropicApiKey),
    gatewayToken: gatewayToken === undefined ? undefined : pulumi.secret(gatewayToken),
    cloudflareApiToken,
  };
}

/** No configured target may leave the allowed locations: a failover must not move data across a border by itself. */
function residencyFaults({ vertexLocations, allowedLocations }: Checked): string[] {
  const outside = vertexLocations.filter((used) => allowedLocations?.includes(used) === false);
  return outside.map((used) => fault("vertexLocations", `${used} is not one of allowedLocations`));
}

function decode(key: string, value: string): unknown {
  if (!STRUCTURED.has(key)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function toFaults(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys" && issue.path.length === 0) {
    return issue.keys.map((key) => `${key}: there is no such setting: pulumi config rm ${key}`);
  }
  const [key, ...rest] = issue.path.map(String);
  if (key === undefined) return [issue.message];
  if (rest.length === 0) return [fault(key, issue.message)];
  // Only the wrong part is set anew: the rest of the setting stays.
  const path = rest.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join("");
  return [`${key}${path}: ${issue.message}: pulumi config set --path '${key}${path}' <value>`];
}

function repeated(clients: readonly { name: string }[]): string | undefined {
  const names = clients.map(({ name }) => name);
  return names.find((name, index) => names.indexOf(name) !== index);
}

function fault(key: string, problem: string): string {
  const command = SECRETS.has(key) ? `--secret ${key}` : `${key} ${EXAMPLES[key] ?? "<value>"}`;
  return `${key}: ${problem}: pulumi config set ${command}`;
}
