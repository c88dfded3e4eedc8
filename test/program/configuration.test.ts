/**
 * A wrong configuration is refused with one line per setting. The command in the line repairs the
 * setting.
 */
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../infra/config.ts";
import { CloudError } from "../../local/resources/resource-type.ts";
import { PROJECT } from "../../local/sandbox/index.ts";
import { runProgram } from "../../local/sandbox/pulumi-mocks.ts";
import { emptyState } from "../../local/state/index.ts";
import { GOOD, WRONG_CONFIGURATIONS } from "./configuration-cases.ts";

const SECRET_KEYS = [
  "anthropicApiKey",
  "anthropicApiKeyPrevious",
  "bedrockApiKey",
  "bedrockApiKeyPrevious",
  "gatewayToken",
  "gatewayTokenPrevious",
  "otelAuthorization",
];
/** No server listens there, so the program's own look-ups fail. */
const NO_CLOUDFLARE = { "cloudflare:baseUrl": "http://127.0.0.1:1" };
const DEPLOYER = { "cloudflare:apiToken": "t".repeat(40) };

interface Given {
  deployer?: Readonly<Record<string, string>>;
  /** Further settings that are stored as secrets. */
  secret?: readonly string[];
  /** Secrets that are stored as plain text. */
  inClear?: readonly string[];
}

/** @returns the program's error; undefined if it accepts the configuration */
async function refusal(
  config: Readonly<Record<string, unknown>>,
  { deployer = DEPLOYER, inClear = [], secret = [] }: Given = {},
): Promise<ConfigError | undefined> {
  const secretKeys = [...SECRET_KEYS.filter((key) => !inClear.includes(key)), ...secret];
  const given = Object.entries(config).filter(([, value]) => value !== undefined);
  try {
    await runProgram(emptyState(), {
      project: PROJECT,
      stack: "dev",
      config: {
        ...Object.fromEntries(given.map(([key, value]) => [`${PROJECT}:${key}`, value])),
        ...NO_CLOUDFLARE,
        ...deployer,
      },
      secretKeys: ["cloudflare:apiToken", ...secretKeys.map((key) => `${PROJECT}:${key}`)],
    });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    // The cloud is empty here. If the program accepts the configuration, the cloud refuses the
    // first resource.
    expect(error).toBeInstanceOf(CloudError);
  }
  return undefined;
}

async function linesOf(...args: Parameters<typeof refusal>): Promise<string[]> {
  const [first, ...lines] = (await refusal(...args))?.message.split("\n") ?? [];
  if (first !== undefined) expect(first).toBe("The configuration of stack dev cannot be used:");
  return lines.map((line) => line.replace(/^ {2}- /, ""));
}

describe("a preview refuses", () => {
  it.each(WRONG_CONFIGURATIONS)("$what, in one line", async ({ config, line }) => {
    expect(await linesOf({ ...GOOD, ...config })).toEqual([line]);
  });

  it.each(WRONG_CONFIGURATIONS.filter(({ repaired }) => repaired))(
    "$what, and accepts the configuration after the command",
    async ({ config, repaired }) => {
      expect(await linesOf({ ...GOOD, ...config, ...repaired })).toEqual([]);
    },
  );

  it("a secret that is stored as plain text, without repeating it", async () => {
    expect(await linesOf(GOOD, { inClear: ["anthropicApiKey"] })).toEqual([
      "anthropicApiKey: a secret is stored in clear text: pulumi config set --secret anthropicApiKey",
    ]);
  });

  it("a wrong part of a setting that is stored as a secret, without repeating the other parts", async () => {
    const timeouts = { jsonMs: 0, idleMs: 90_000 };

    const lines = await linesOf({ ...GOOD, timeouts }, { secret: ["timeouts"] });

    expect(lines).toEqual([
      "timeouts.jsonMs: Too small: expected number to be >=1: pulumi config set --secret timeouts",
    ]);
  });

  it("a key that no command can name", async () => {
    expect(await linesOf({ ...GOOD, "a:b": "1" })).toEqual([
      "a:b: there is no such setting: delete its line from the stack's file, Pulumi.<stack>.yaml",
    ]);
  });

  it("a missing or malformed Cloudflare token", async () => {
    expect(await linesOf(GOOD, { deployer: {} })).toEqual([
      "no Cloudflare API token: export CLOUDFLARE_API_TOKEN (or: pulumi config set --secret cloudflare:apiToken)",
    ]);
    expect(await linesOf(GOOD, { deployer: { "cloudflare:apiToken": "short bad token!" } })).toEqual([
      "cloudflare:apiToken: a Cloudflare API token has 40 to 80 letters, digits, '-' and '_': " +
        "pulumi config set --secret cloudflare:apiToken",
    ]);
  });

  it("several faults at once: in single settings and between settings", async () => {
    const lines = await linesOf({ clients: [], routing: "teleport", colour: "red", force: "vertex/eu" });

    expect(lines.map((line) => line.split(":")[0])).toEqual([
      "colour",
      "cloudflareAccountId",
      "googleProject",
      "anthropicApiKey",
      "routing",
      "clients",
      "force",
    ]);
  });
});

it("a preview accepts a correct configuration", async () => {
  expect(await linesOf(GOOD)).toEqual([]);
});
