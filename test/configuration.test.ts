/** Faults of a configuration as a user meets them: one line each, all at once, with the command that mends it. */
import { describe, expect, it } from "vitest";
import { runProgram } from "../local/program.ts";
import { ACCOUNT_ID, GOOGLE_PROJECT, PROJECT } from "../local/stack.ts";
import { emptyState } from "../local/state.ts";

const GOOD = {
  cloudflareAccountId: ACCOUNT_ID,
  googleProject: GOOGLE_PROJECT,
  anthropicApiKey: "sk-ant-test-0123456789",
};
const SECRET_KEYS = [
  "anthropicApiKey",
  "anthropicApiKeyPrevious",
  "gatewayToken",
  "gatewayTokenPrevious",
  "otelAuthorization",
];
const DEPLOYER = { "cloudflare:apiToken": "t".repeat(40) };

interface Given {
  deployer?: Readonly<Record<string, string>>;
  /** Stored in clear, though they are secrets. */
  inClear?: readonly string[];
}

/** @returns the lines that a user sees; none where the configuration is accepted. */
async function faultsOf(config: object, { deployer = DEPLOYER, inClear = [] }: Given = {}): Promise<string[]> {
  const secretKeys = SECRET_KEYS.filter((key) => !inClear.includes(key)).map((key) => `${PROJECT}:${key}`);
  try {
    await runProgram(emptyState(), {
      project: PROJECT,
      stack: "dev",
      config: {
        ...Object.fromEntries(Object.entries(config).map(([key, value]) => [`${PROJECT}:${key}`, value])),
        ...deployer,
      },
      secretKeys: ["cloudflare:apiToken", ...secretKeys],
    });
  } catch (error) {
    const [first, ...faults] = (error instanceof Error ? error.message : String(error)).split("\n");
    // An empty cloud refuses what is accepted here.
    if (first !== "The configuration of stack dev cannot be used:") return [];
    return faults.map((line) => line.replace(/^ {2}- /, ""));
  }
  return [];
}

const CASES: readonly [what: string, config: object, fault: string][] = [
  [
    "no account id",
    { cloudflareAccountId: undefined },
    "cloudflareAccountId: the Cloudflare account id is missing: pulumi config set cloudflareAccountId <32 hexadecimal digits>",
  ],
  [
    "an account id that is none",
    { cloudflareAccountId: "acme" },
    "cloudflareAccountId: a Cloudflare account id has 32 hexadecimal digits in lower case: pulumi config set cloudflareAccountId <32 hexadecimal digits>",
  ],
  [
    "a project id that is none",
    { googleProject: "A" },
    "googleProject: a Google Cloud project id has 6 to 30 lower-case letters, digits and hyphens: pulumi config set googleProject <project id>",
  ],
  [
    "a key that is none",
    { anthropicApiKey: "secret-value" },
    "anthropicApiKey: an Anthropic API key starts with sk-ant-: pulumi config set --secret anthropicApiKey",
  ],
  [
    "a run token that is none",
    { gatewayToken: "secret-value" },
    "gatewayToken: a Cloudflare API token has 40 to 80 letters, digits, '-' and '_': pulumi config set --secret gatewayToken",
  ],
  [
    "a run token's second slot without the first",
    { gatewayTokenPrevious: "g".repeat(40) },
    "gatewayToken: gatewayTokenPrevious is there without gatewayToken: pulumi config set --secret gatewayToken",
  ],
  [
    "a location that is none",
    { vertexLocations: ["Ohio"] },
    "vertexLocations[0]: a Vertex location is a region such as us-east5, or us, eu, global: pulumi config set --path 'vertexLocations[0]' <value>",
  ],
  [
    "no location",
    { vertexLocations: [] },
    `vertexLocations: at least one Vertex location is needed: pulumi config set vertexLocations '["us-east5"]'`,
  ],
  [
    "a location outside the allowed ones",
    { vertexLocations: ["us-east5", "eu"], allowedLocations: ["us-east5"] },
    `vertexLocations: eu is not one of allowedLocations: pulumi config set vertexLocations '["us-east5"]'`,
  ],
  [
    "a forced target that is not configured",
    { force: "vertex/eu" },
    "force: eu is not one of vertexLocations: pulumi config set force vertex/us-east5",
  ],
  [
    "a list that is none",
    { clients: "default" },
    `clients: Invalid input: expected array, received string: pulumi config set clients '["default"]'`,
  ],
  [
    "a client named twice",
    { clients: ["a", { name: "a", operator: true }] },
    `clients: the client a is named twice: pulumi config set clients '["default"]'`,
  ],
  [
    "a client's name that is too long",
    { clients: ["a".repeat(33)] },
    "clients[0].name: a client's name has up to 32 lower-case letters, digits and '-': pulumi config set --path 'clients[0].name' <value>",
  ],
  [
    "a client that may send nothing",
    { clients: [{ name: "ci", requestsPerMinute: 0 }] },
    "clients[0].requestsPerMinute: Too small: expected number to be >=1: pulumi config set --path 'clients[0].requestsPerMinute' <value>",
  ],
  [
    "more clients than a variable holds",
    { clients: Array.from({ length: 50 }, (_, index) => `client-${index}`) },
    `clients: the 50 clients need 6291 bytes of the 5120 that a Worker's variable holds: pulumi config set clients '["default"]'`,
  ],
  [
    "more models than a variable holds",
    {
      models: Object.fromEntries(
        Array.from({ length: 80 }, (_, index) => [
          `claude-${index}`,
          { vertexId: `claude-${index}`, locations: ["global", "us", "eu"] },
        ]),
      ),
    },
    `models: models, corsOrigins and the limits together need 5840 bytes of the 5120 that a Worker's variable holds: pulumi config set models '{"claude-x":{"vertexId":"claude-x","locations":["us"]}}'`,
  ],
  [
    "a switch that is none",
    { logPayloads: "maybe" },
    "logPayloads: Invalid input: expected boolean, received string: pulumi config set logPayloads false",
  ],
  [
    "a choice that is none",
    { routing: "teleport" },
    `routing: Invalid option: expected one of "universal"|"direct"|"bypass": pulumi config set routing universal`,
  ],
  [
    "a time limit that is none",
    { timeouts: { jsonMs: 0 } },
    "timeouts.jsonMs: Too small: expected number to be >=1: pulumi config set --path 'timeouts.jsonMs' <value>",
  ],
  [
    "a time limit of another name",
    { timeouts: { jsonMS: 1 } },
    "timeouts.jsonMS: there is no such setting (timeouts.jsonMs is): pulumi config rm --path 'timeouts.jsonMS'",
  ],
  [
    "a setting of another name",
    { vertexLocation: "us-east5" },
    "vertexLocation: there is no such setting (vertexLocations is): pulumi config rm vertexLocation",
  ],
  ["a setting that is like no other", { colour: "red" }, "colour: there is no such setting: pulumi config rm colour"],
  [
    "Access in front of nothing",
    { access: { emails: ["you@example.com"] } },
    `domain: access stands in front of a domain, and there is none: pulumi config set domain '{"hostname":"claude.example.com","zoneId":"<32 hexadecimal digits>"}'`,
  ],
  [
    "Access for nobody",
    { access: {} },
    `access: nobody may pass: name a service token, a mail domain or an address: pulumi config set access '{"serviceTokenIds":["<UUID>"]}'`,
  ],
  [
    "impersonation with a key",
    { googleImpersonation: true },
    "googleAuth: googleImpersonation goes with workloadIdentity: pulumi config set googleAuth workloadIdentity",
  ],
  [
    "a spend limit of nobody",
    { spendLimits: [{ usd: 1, windowSeconds: 60, client: "ci" }] },
    `spendLimits: ci is not one of clients: pulumi config set spendLimits '[{"usd":100,"windowSeconds":86400}]'`,
  ],
  [
    "too small a log",
    { logs: { entries: 5 } },
    "logs.entries: Too small: expected number to be >=10000: pulumi config set --path 'logs.entries' <value>",
  ],
];

describe("a preview refuses", () => {
  it.each(CASES)("%s, in one line", async (_what, more, fault) => {
    expect(await faultsOf({ ...GOOD, ...more })).toEqual([fault]);
  });

  it("a secret that is stored in clear, without repeating it", async () => {
    const faults = await faultsOf(GOOD, { inClear: ["anthropicApiKey"] });
    expect(faults).toEqual([
      "anthropicApiKey: a secret is stored in clear text: pulumi config set --secret anthropicApiKey",
    ]);
  });

  it("a deployer without a Cloudflare token, or with one that is none", async () => {
    expect(await faultsOf(GOOD, { deployer: {} })).toEqual([
      "no Cloudflare API token: export CLOUDFLARE_API_TOKEN (or: pulumi config set --secret cloudflare:apiToken)",
    ]);
    expect(await faultsOf(GOOD, { deployer: { "cloudflare:apiToken": "short bad token!" } })).toEqual([
      "cloudflare:apiToken: a Cloudflare API token has 40 to 80 letters, digits, '-' and '_': pulumi config set --secret cloudflare:apiToken",
    ]);
  });

  it("all of it at once", async () => {
    const faults = await faultsOf({ clients: [], routing: "teleport", colour: "red" });
    expect(faults.map((line) => line.split(":")[0])).toEqual([
      "cloudflareAccountId",
      "googleProject",
      "anthropicApiKey",
      "routing",
      "clients",
      "colour",
    ]);
  });
});

it("accepts what is right", async () => {
  expect(await faultsOf(GOOD)).toEqual([]);
});
