/** Rules that hold for every resource the program registers, and faults in its configuration as a user meets them. */
import { describe, expect, it } from "vitest";
import { SERVED_MODELS } from "../local/models.ts";
import { runProgram } from "../local/program.ts";
import { ACCOUNT_ID, GOOGLE_PROJECT, LocalStack, PROJECT } from "../local/stack.ts";
import { emptyState } from "../local/state.ts";
import { findModel, MODELS } from "../worker/models.ts";

const stack = await LocalStack.up();
await stack.down();

const GOOD = {
  cloudflareAccountId: ACCOUNT_ID,
  googleProject: GOOGLE_PROJECT,
  anthropicApiKey: "sk-ant-test-0123456789",
};

function faultsOf(config: Record<string, unknown>, { secret = true } = {}): Promise<string> {
  return runProgram(emptyState(), {
    project: PROJECT,
    stack: "dev",
    config: {
      ...Object.fromEntries(Object.entries(config).map(([key, value]) => [`${PROJECT}:${key}`, value])),
      "cloudflare:apiToken": "t".repeat(40),
    },
    secretKeys: ["cloudflare:apiToken", ...(secret ? [`${PROJECT}:anthropicApiKey`] : [])],
  }).then(
    () => "accepted",
    (error: Error) => error.message,
  );
}

describe("the program", () => {
  it("gives the gateway every setting that the API would default, and never bills through Cloudflare", () => {
    const gateway = stack.registrations.find(({ type }) => type.endsWith(":AiGateway"));
    expect(gateway?.inputs).toEqual({
      accountId: ACCOUNT_ID,
      aiGatewayId: "claude-failover-local",
      authentication: true,
      byokOnly: true,
      cacheInvalidateOnUpdate: false,
      cacheTtl: 0,
      collectLogs: true,
      logManagement: 100_000,
      logManagementStrategy: "DELETE_OLDEST",
      logpush: false,
      rateLimitingInterval: 0,
      rateLimitingLimit: 0,
      rateLimitingTechnique: "fixed",
      workersAiBillingMode: "postpaid",
      zdr: false,
    });
  });

  it("keeps every secret binding a secret_text, in order of their names", () => {
    const script = stack.registrations.find(({ type }) => type.endsWith(":WorkersScript"));
    const bindings: { name: string; type: string }[] = script?.inputs.bindings ?? [];
    expect(bindings.filter(({ type }) => type === "secret_text").map(({ name }) => name)).toEqual([
      "ANTHROPIC_API_KEY",
      "GATEWAY_TOKEN",
      "GOOGLE_CREDENTIAL",
    ]);
    expect(bindings.map(({ name }) => name)).toEqual(bindings.map(({ name }) => name).sort());
    expect(script?.inputs.placement).toBeUndefined();
  });

  it("mints no token where one is given", async () => {
    const given = await LocalStack.up({ config: { gatewayToken: "g".repeat(40) } });
    await given.down();
    expect(given.registrations.some(({ type }) => type.endsWith(":AccountToken"))).toBe(false);
    expect(given.outputs.gatewayToken).toBe("g".repeat(40));
  });

  it("needs no look-up where the account's workers.dev name is given", async () => {
    const given = await LocalStack.up({ config: { workersSubdomain: "acme" } });
    await given.down();
    expect(given.outputs.url).toBe("https://claude-failover-local.acme.workers.dev");
  });

  it("gives each client a token of its own", async () => {
    const given = await LocalStack.up({ config: { clients: ["ci", "app"] } });
    await given.down();
    expect(Object.keys(given.outputs.clientTokens).sort()).toEqual(["app", "ci"]);
    expect(new Set(Object.values(given.outputs.clientTokens)).size).toBe(2);
  });
});

describe("the configuration", () => {
  it("tells all faults at once, each with the command that mends it", async () => {
    const faults = await faultsOf({ clients: ["a", "a"], vertexLocations: [], nosuch: "x" });
    expect(faults.split("\n")).toEqual([
      "The configuration of stack dev cannot be used:",
      "  - cloudflareAccountId: the Cloudflare account id is missing: pulumi config set cloudflareAccountId <32 hexadecimal digits>",
      "  - googleProject: the Google Cloud project id is missing: pulumi config set googleProject <project id>",
      "  - anthropicApiKey: the Anthropic API key is missing: pulumi config set --secret anthropicApiKey",
      `  - vertexLocations: at least one Vertex location is needed: pulumi config set vertexLocations '["us-east5"]'`,
      `  - clients: the client a is named twice: pulumi config set clients '["default"]'`,
      "  - nosuch: there is no such setting: pulumi config rm nosuch",
    ]);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ["an account id that is none", { cloudflareAccountId: "acme" }, /32 hexadecimal digits/],
    ["a project id that is none", { googleProject: "A" }, /project id has 6 to 30/],
    ["a key that is none", { anthropicApiKey: "secret-value" }, /starts with sk-ant-/],
    ["a location that is none", { vertexLocations: ["Ohio"] }, /region such as us-east5/],
    ["a list that is none", { clients: "default" }, /clients: .*expected array/],
    ["a switch that is none", { logPayloads: "maybe" }, /expected boolean/],
    [
      "a time limit that is none",
      { timeouts: { jsonMs: 0 } },
      /timeouts\.jsonMs: .*pulumi config set --path 'timeouts\.jsonMs' <value>/,
    ],
    ["a time limit of another name", { timeouts: { jsonMS: 1 } }, /timeouts: .*jsonMS/],
  ])("refuses %s", async (_what, more, fault) => {
    const message = await faultsOf({ ...GOOD, ...more });
    expect(message).toMatch(fault);
    expect(message).not.toContain("secret-value");
  });

  it("refuses a secret that is stored in clear", async () => {
    const message = await faultsOf(GOOD, { secret: false });
    expect(message).toContain(
      "anthropicApiKey: a secret is stored in clear text: pulumi config set --secret anthropicApiKey",
    );
    expect(message).not.toContain(GOOD.anthropicApiKey);
  });
});

describe("the Worker's table of models", () => {
  it.each(SERVED_MODELS.filter(({ googleUntil }) => !googleUntil).map((model) => [model.anthropicId, model] as const))(
    "knows %s as the clouds do",
    (id, served) => {
      const model = findModel(id, {});
      expect(model?.vertexId).toBe(served.vertexId);
      expect([...(model?.locations ?? [])].sort()).toEqual([...served.locations].sort());
      expect(model?.aliases ?? []).toEqual(served.aliases ?? []);
    },
  );

  it("names no Vertex id that a path could be escaped with", () => {
    for (const { vertexId } of MODELS) expect(vertexId ?? "x").toMatch(/^[a-z0-9-]+(@[0-9]+)?$/);
  });
});
