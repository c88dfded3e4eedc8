/** Google never delays Anthropic, and its errors never show the project's name to a caller. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { RESOURCES } from "../../local/resources/index.ts";
import { GOOGLE_PROJECT } from "../../local/sandbox/index.ts";
import type { WorkloadIdentity } from "../../worker/google/credential.ts";
import { NEVER_OPEN, post, QUESTION, useSandbox } from "../support/sandbox.ts";

const TIMEOUTS = { firstByteMs: 400, firstEventMs: 800, jsonMs: 400, chainMs: 5_000 };
const question = JSON.stringify(QUESTION);

describe("without a Google token", () => {
  const stack = useSandbox({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS } }, { cold: true });

  it("sends the request to Anthropic at once", async () => {
    stack().cloud.context.faults.set("google", { mode: "hang" });
    const response = await post(stack(), question);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-failover-attempts")).toBe("anthropic=200");
  });
});

describe.each([
  ["refuses the key", { mode: "status", status: 400 } as const, "google_token_400"],
  ["is down", { mode: "reset" } as const, "google_unreachable"],
])("while Google's token endpoint %s", (_what, fault, label) => {
  const stack = useSandbox({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS } }, { cold: true });

  it("serves from Anthropic, and says why Vertex was not tried when Anthropic fails too", async () => {
    stack().cloud.context.faults.set("google", fault);
    expect((await post(stack(), question)).headers.get("x-failover-target")).toBe("anthropic");
    stack().cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const response = await post(stack(), question);
    expect(response.status).toBe(529);
    expect(response.headers.get("x-failover-attempts")).toBe(`anthropic=529;vertex/us-east5=${label}`);
  });
});

describe("while Google's token endpoint answers 503", () => {
  const stack = useSandbox({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS } }, { cold: true });

  it("asks it only a few times for 200 requests", async () => {
    let asked = 0;
    stack().cloud.context.faults.set("google", { mode: "status", status: 503 });
    stack().cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    stack().cloud.onExchange = ({ host }) => {
      if (host === "oauth2.googleapis.com") asked++;
    };

    for (let sent = 0; sent < 20; sent++) {
      const responses = await Promise.all(Array.from({ length: 10 }, () => post(stack(), question)));
      for (const { status } of responses) expect(status).toBe(529);
    }

    // The pauses grow from at most one second to two, four and so on. At most seven tries fit into
    // a minute, and the test takes less.
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(7);
  });
});

describe("an error from Google's front end", () => {
  const first = { routing: "direct", force: "vertex/us-east5" };
  const stack = useSandbox({ config: { ...first, breaker: NEVER_OPEN, timeouts: TIMEOUTS } });

  it.each([
    // A policy of the project refuses the request. Anthropic may accept it later, so it is not the
    // caller's error.
    [400, 502, "api_error"],
    [401, 502, "api_error"],
    [403, 502, "api_error"],
    [404, 404, "not_found_error"],
    [429, 429, "rate_limit_error"],
    [500, 500, "api_error"],
    [503, 529, "overloaded_error"],
  ])("becomes Anthropic's envelope without the project's name: %i becomes %i %s", async (status, expected, type) => {
    stack().cloud.context.faults.set("anthropic", { mode: "reset" });
    stack().cloud.context.faults.set("vertex", { mode: "status", status, shape: "google" });
    for (const stream of [false, true]) {
      const response = await post(stack(), JSON.stringify({ ...QUESTION, stream }));
      const text = await response.text();
      expect(response.headers.get("x-failover-attempts")).toBe(`vertex/us-east5=${status};anthropic=gateway:2005`);
      expect(response.status).toBe(expected);
      expect(JSON.parse(text)).toMatchObject({ type: "error", error: { type } });
      expect(text).not.toContain(GOOGLE_PROJECT);
    }
  });

  it("passes through unchanged when it has Anthropic's shape", async () => {
    stack().cloud.context.faults.set("anthropic", { mode: "reset" });
    stack().cloud.context.faults.set("vertex", {
      mode: "status",
      status: 400,
      shape: "anthropic",
      message: "messages.1.content.0: Invalid `signature` in `thinking` block \u00e9",
    });
    const response = await post(stack(), question);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: {
        type: "invalid_request_error",
        message: "messages.1.content.0: Invalid `signature` in `thinking` block é",
      },
      request_id: expect.stringMatching(/^req_vrtx_/),
    });
    expect(response.headers.get("request-id")).toMatch(/^req_vrtx_/);
  });
});

describe("a member that Vertex refuses unexpectedly", () => {
  const stack = useSandbox({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS, routing: "direct" } });
  const askDuringOutage = (more: object, vertexSays?: string) => {
    const { faults } = stack().cloud.context;
    faults.set("anthropic", { mode: "status", status: 529 });
    if (vertexSays)
      faults.set("vertex", { mode: "status", status: 400, shape: "anthropic", message: vertexSays, times: 1 });
    return post(stack(), JSON.stringify({ ...QUESTION, ...more }));
  };

  it("keeps the request on Anthropic, with the reason, if the member could change the answer", async () => {
    const model = "claude-sonnet-4-5";
    const response = await askDuringOutage({ model, output_config: { effort: "low" } });
    expect(response.status).toBe(529);
    expect(response.headers.get("x-failover-attempts")).toBe("anthropic=529;vertex/us-east5=400");
    expect(response.headers.get("x-failover-skipped")).toBe("member:output_config");
    expect(await response.text()).toContain("Overloaded (Not sent to Vertex: member:output_config.)");
  });

  it("is left out of a second attempt if it cannot change the answer", async () => {
    const refused = "metadata: Extra inputs are not permitted";
    const response = await askDuringOutage({ metadata: { user_id: "u" } }, refused);
    expect(response.headers.get("x-failover-attempts")).toBe("anthropic=529;vertex/us-east5=400;vertex/us-east5=200");
    expect(response.headers.get("x-failover-omitted")).toBe("metadata");
  });

  it("is sent again with the next request", async () => {
    const refused = "metadata: Extra inputs are not permitted";
    await askDuringOutage({ metadata: { user_id: "u" } }, refused);
    const response = await askDuringOutage({ metadata: { user_id: "u" } });
    expect(response.headers.get("x-failover-attempts")).toBe("anthropic=529;vertex/us-east5=200");
    expect(response.headers.get("x-failover-omitted")).toBeNull();
  });

  it.each([
    ["names a member that the request does not have", {}, "metadata: Extra inputs are not permitted"],
    ["is about another member", { metadata: {} }, "model: metadata: Extra inputs are not permitted"],
  ])("is not left out if Vertex's error %s", async (_what, more, vertexSays) => {
    const response = await askDuringOutage(more, vertexSays);
    expect(response.status).toBe(400);
    expect(response.headers.get("x-failover-attempts")).toBe("anthropic=529;vertex/us-east5=400");
  });
});

describe("a Google token that is still being fetched", () => {
  const stack = useSandbox({ config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS } }, { cold: true });

  it("serves a second request that waits for it, after the request that started the fetch has ended", async () => {
    const asked = Promise.withResolvers<void>();
    const mayCome = Promise.withResolvers<void>();
    stack().cloud.onExchange = async ({ host }) => {
      if (host !== "oauth2.googleapis.com") return;
      asked.resolve();
      await mayCome.promise;
    };

    const first = await post(stack(), question);
    await first.text();
    await asked.promise;
    stack().cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const anthropicFailed = new Promise<void>((resolve) => {
      const held = stack().cloud.onExchange;
      stack().cloud.onExchange = (exchange) => {
        if (exchange.host === "api.anthropic.com") resolve();
        return held?.(exchange);
      };
    });
    const second = post(stack(), question);
    await anthropicFailed;
    mayCome.resolve();

    expect(first.headers.get("x-failover-attempts")).toBe("anthropic=200");
    expect((await second).headers.get("x-failover-attempts")).toBe("anthropic=529;vertex/us-east5=200");
  });
});

describe("a workload identity", () => {
  const POOL = "claude-failover";
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k1", alg: "ES256", use: "sig" };
  const members = `//iam.googleapis.com/projects/100000000000/locations/global/workloadIdentityPools/${POOL}`;
  const credential: WorkloadIdentity = {
    type: "workload_identity",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    private_key_id: "k1",
    issuer: "https://worker.example",
    subject: "worker",
    audience: `${members}/providers/worker`,
  };
  const stack = useSandbox(
    {
      config: { breaker: NEVER_OPEN, timeouts: TIMEOUTS },
      intercept: ({ type, inputs }) => {
        if (!type.endsWith(":WorkersScript")) return inputs;
        const text = Buffer.from(JSON.stringify(credential)).toString("base64");
        const replaced = (binding: { name: string }) =>
          binding.name === "GOOGLE_CREDENTIAL" ? { ...binding, text } : binding;
        return { ...inputs, bindings: inputs.bindings.map(replaced) };
      },
    },
    { cold: true },
  );

  it("lets the Worker call Vertex without a Google key", async () => {
    const project = GOOGLE_PROJECT;
    const { state } = stack().cloud.context;
    const create = (type: string, inputs: object) => RESOURCES[type]?.create(state, inputs, {});
    create("gcp:projects/service:Service", { project, service: "sts.googleapis.com" });
    create("gcp:iam/workloadIdentityPool:WorkloadIdentityPool", { project, workloadIdentityPoolId: POOL });
    create("gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider", {
      project,
      workloadIdentityPoolId: POOL,
      workloadIdentityPoolProviderId: "worker",
      attributeMapping: { "google.subject": "assertion.sub" },
      oidc: { issuerUri: "https://worker.example", jwksJson: JSON.stringify({ keys: [jwk] }) },
    });
    create("gcp:projects/iAMMember:IAMMember", {
      project,
      role: "roles/aiplatform.user",
      member: `principal:${members}/subject/worker`,
    });

    stack().cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const response = await post(stack(), question);
    expect(response.headers.get("x-failover-attempts")).toBe("anthropic=529;vertex/us-east5=200");
  });
});
