/** Rules that hold for every resource the program registers. */
import { describe, expect, it } from "vitest";
import { namespaceId } from "../../infra/worker/rate-limits.ts";
import { SERVED_MODELS } from "../../local/claude/models.ts";
import { ACCOUNT_ID, Sandbox } from "../../local/sandbox/index.ts";
import { parseClient } from "../../worker/client-line.ts";
import { findModel, MODELS } from "../../worker/models.ts";

const stack = await Sandbox.up();
await stack.down();

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

  it("counts clients of one rate by one binding, among the others in order of their names", async () => {
    const clients = [
      { name: "ci", requestsPerMinute: 60 },
      { name: "app", requestsPerMinute: 60 },
      { name: "batch", requestsPerMinute: 5 },
      "unlimited",
    ];

    const limited = await Sandbox.up({ config: { clients } });
    await limited.down();

    const script = limited.registrations.find(({ type }) => type.endsWith(":WorkersScript"));
    const bindings: { name: string; type: string; text: string }[] = script?.inputs.bindings;
    const names = bindings.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(bindings.filter(({ type }) => type === "ratelimit")).toEqual([
      {
        name: "RATE_LIMIT_5",
        type: "ratelimit",
        namespaceId: namespaceId("claude-failover-local", 5),
        simple: { limit: 5, period: 60 },
      },
      {
        name: "RATE_LIMIT_60",
        type: "ratelimit",
        namespaceId: namespaceId("claude-failover-local", 60),
        simple: { limit: 60, period: 60 },
      },
    ]);
    const sent = bindings
      .find(({ name }) => name === "CLIENTS_1")
      ?.text.split("\n")
      .map(parseClient);
    const sha256 = [expect.any(String)];
    expect(sent).toEqual([
      { name: "ci", sha256, requestsPerMinute: 60 },
      { name: "app", sha256, requestsPerMinute: 60 },
      { name: "batch", sha256, requestsPerMinute: 5 },
      { name: "unlimited", sha256 },
    ]);
  });

  it("mints no token where one is given", async () => {
    const given = await Sandbox.up({ config: { gatewayToken: "g".repeat(40) } });
    await given.down();
    expect(given.registrations.some(({ type }) => type.endsWith(":AccountToken"))).toBe(false);
    expect(given.outputs.gatewayToken).toBe("g".repeat(40));
  });

  it("needs no look-up where the account's workers.dev name is given", async () => {
    const given = await Sandbox.up({ config: { workersSubdomain: "acme" } });
    await given.down();
    expect(given.outputs.url).toBe("https://claude-failover-local.acme.workers.dev");
  });

  it("gives each client a token of its own", async () => {
    const given = await Sandbox.up({ config: { clients: ["ci", "app"] } });
    await given.down();
    expect(Object.keys(given.outputs.clientTokens).sort()).toEqual(["app", "ci"]);
    expect(new Set(Object.values(given.outputs.clientTokens)).size).toBe(2);
  });

  it("takes over both tokens of a client's former name, and nobody else's", async () => {
    const clients = ["app", { name: "build", formerName: "ci", epoch: 2 }];

    const given = await Sandbox.up({ config: { clients } });
    await given.down();

    const minted = given.registrations.filter(({ type }) => type.endsWith(":RandomPassword"));
    expect(Object.fromEntries(minted.map(({ name, aliases }) => [name, aliases]))).toEqual({
      "claude-failover-clients-app-1": [],
      "claude-failover-clients-build-1": ["claude-failover-clients-ci-1"],
      "claude-failover-clients-build-2": ["claude-failover-clients-ci-2"],
    });
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
