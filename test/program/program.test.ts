/** Rules about the resources that the program registers. */
import { describe, expect, it } from "vitest";
import { namespaceId } from "../../infra/worker/rate-limits.ts";
import { SERVED_MODELS } from "../../local/claude/models.ts";
import { ACCOUNT_ID, Sandbox } from "../../local/sandbox/index.ts";
import { GATEWAY_DEFAULTS } from "../../local/state/index.ts";
import { parseClient } from "../../worker/client-line.ts";
import { findModel, MODELS } from "../../worker/models.ts";
import { useProvider } from "../engine/providers/test-provider.ts";

const stack = await Sandbox.up();
await stack.down();

describe("the gateway", () => {
  const provider = useProvider();
  const gateway = stack.registrations.find(({ type }) => type.endsWith(":AiGateway"));
  if (!gateway) throw new Error("the program registers no gateway");

  it("differs from the API's defaults only in authentication and in the refusal to bill through Cloudflare", () => {
    const { otels: _, spendLimits: __, ...defaults } = GATEWAY_DEFAULTS;
    const set = Object.entries(defaults).filter(([, value]) => value !== null);
    expect(gateway.inputs).toEqual({
      ...Object.fromEntries(set),
      accountId: ACCOUNT_ID,
      aiGatewayId: "claude-failover-local",
      authentication: true,
      byokOnly: true,
    });
  });

  it("shows no difference after a refresh", async () => {
    const made = await provider.create(gateway.type, gateway.inputs);
    expect(await provider.drift(made)).toEqual([]);
  });
});

describe("the program", () => {
  it("makes every secret binding a secret_text, and sorts the bindings by name", () => {
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

  it("creates a failure counter, and one rate limit binding for each rate, sorted among the other bindings", async () => {
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
        name: "FAILURE_COUNTER",
        type: "ratelimit",
        namespaceId: namespaceId("claude-failover-local", "failures"),
        simple: { limit: 4, period: 10 },
      },
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
    const clientLines = bindings
      .find(({ name }) => name === "CLIENTS_1")
      ?.text.split("\n")
      .map(parseClient);
    const sha256 = [expect.any(String)];
    expect(clientLines).toEqual([
      { name: "ci", sha256, requestsPerMinute: 60 },
      { name: "app", sha256, requestsPerMinute: 60 },
      { name: "batch", sha256, requestsPerMinute: 5 },
      { name: "unlimited", sha256 },
    ]);
  });

  it("creates no run token if one is given", async () => {
    const given = await Sandbox.up({ config: { gatewayToken: "g".repeat(40) } });
    await given.down();
    expect(given.registrations.some(({ type }) => type.endsWith(":AccountToken"))).toBe(false);
    expect(given.outputs.gatewayToken).toBe("g".repeat(40));
  });

  it("needs no look-up if the account's workers.dev name is given", async () => {
    const given = await Sandbox.up({ config: { workersSubdomain: "acme" } });
    await given.down();
    expect(given.outputs.url).toBe("https://claude-failover-local.acme.workers.dev");
  });

  it("gives each client its own token", async () => {
    const given = await Sandbox.up({ config: { clients: ["ci", "app"] } });
    await given.down();
    expect(Object.keys(given.outputs.clientTokens).sort()).toEqual(["app", "ci"]);
    expect(new Set(Object.values(given.outputs.clientTokens)).size).toBe(2);
  });

  it("keeps both tokens of a renamed client, and only that client's", async () => {
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
    "agrees with the local clouds about %s",
    (id, served) => {
      const model = findModel(id, {});
      expect(model?.vertexId).toBe(served.vertexId);
      expect(model?.bedrockId).toBe(served.bedrockId);
      expect([...(model?.locations ?? [])].sort()).toEqual([...served.locations].sort());
      expect(model?.aliases ?? []).toEqual(served.aliases ?? []);
      expect(model?.anthropicEnds).toBe(served.anthropicUntil);
    },
  );

  it("contains only models on Vertex that the local clouds know", () => {
    const known = new Set(SERVED_MODELS.map(({ anthropicId }) => anthropicId));
    const onVertex = MODELS.filter(({ vertexId }) => vertexId !== undefined);
    expect(onVertex.map(({ id }) => id).filter((id) => !known.has(id))).toEqual([]);
  });

  it("has the clouds' models in the order of their first days, the newest last", () => {
    const days = SERVED_MODELS.map(({ from }) => from);
    expect(days).toEqual(days.toSorted());
  });

  it("contains only Vertex ids that are safe in a path", () => {
    for (const { vertexId } of MODELS) expect(vertexId ?? "x").toMatch(/^[a-z0-9-]+(@[0-9]+)?$/);
  });
});
