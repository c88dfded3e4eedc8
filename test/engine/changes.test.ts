/**
 * Every kind of change to a configuration needs exactly the expected steps, and no request is
 * refused between two of them. A client calls after each operation, once while Anthropic works and
 * once while it is overloaded.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { leaksIn } from "../support/leaks.ts";
import { describeEngine, Engine, REQUIRED, settings } from "./engine.ts";
import { inventory } from "./inventory.ts";
import { operationName } from "./providers/operations.ts";
import { UploadedWorker } from "./uploaded-worker.ts";

const SERVED = ["anthropic", "vertex/us-east5"];
const WORKER = "update WorkersScript claude-failover-worker";

interface Change {
  what: string;
  config: Readonly<Record<string, unknown>>;
  secrets?: Readonly<Record<string, string>>;
  /** Settings that are removed. */
  without?: readonly string[];
  /** The operations of the providers, sorted. */
  steps: readonly string[];
  /** New client names, each with the earlier name whose token the client keeps. */
  renamed?: Readonly<Record<string, string>>;
}

const BEDROCK = { bedrock: { region: "us-east-1" } };
const BEDROCK_KEY = `ABSK${"1".repeat(20)}`;
const NEW_BEDROCK_KEY = `ABSK${"2".repeat(20)}`;

const HOSTNAME = "claude.example.com";
const ZONE_ID = "0123456789abcdef0123456789abcdef";

const GATED = { access: { emailDomains: ["example.com"] } };
const WORKER_ACCESS = "ZeroTrustAccessApplication claude-failover-worker-access-worker";
const DOMAIN_ACCESS = "ZeroTrustAccessApplication claude-failover-worker-access";
const UPDATE_WORKERS_DEV = expect.stringMatching(/^update WorkersScriptSubdomain claude-failover-worker-subdomain-/);

/** Each change starts from the result of the previous one. */
const CHANGES: readonly Change[] = [
  {
    what: "a client is added",
    config: { clients: ["default", "ci"] },
    steps: ["create RandomPassword claude-failover-clients-ci-1", WORKER],
  },
  {
    what: "a client is renamed and keeps its token",
    config: { clients: ["default", { name: "build", formerName: "ci" }] },
    steps: [WORKER],
    renamed: { build: "ci" },
  },
  {
    what: "the former name is no longer given",
    config: { clients: ["default", "build"] },
    steps: [],
    renamed: { build: "build" },
  },
  {
    what: "a client's token is rotated",
    config: { clients: [{ name: "default", epoch: 2 }, "build"] },
    steps: ["create RandomPassword claude-failover-clients-default-2", WORKER],
  },
  {
    what: "a client's token is rotated again, and the token of two epochs ago is deleted",
    config: { clients: [{ name: "default", epoch: 3 }, "build"] },
    steps: [
      "create RandomPassword claude-failover-clients-default-3",
      "delete RandomPassword claude-failover-clients-default-1",
      WORKER,
    ],
  },
  {
    what: "a client's previous token is revoked after a leak",
    config: { clients: [{ name: "default", epoch: 3, revokePrevious: true }, "build"] },
    steps: ["delete RandomPassword claude-failover-clients-default-2", WORKER],
  },
  {
    what: "a client is revoked",
    config: { clients: [{ name: "default", epoch: 3, revokePrevious: true }] },
    steps: ["delete RandomPassword claude-failover-clients-build-1", WORKER],
  },
  {
    what: "a client's rate is limited",
    config: { clients: [{ name: "default", epoch: 3, revokePrevious: true, requestsPerMinute: 600 }] },
    steps: [WORKER],
  },
  {
    what: "the run token is rotated",
    config: { rotation: { google: { epoch: 3 }, gatewayToken: { epoch: 2 } } },
    steps: ["create AccountToken claude-failover-gateway-run-2", WORKER],
  },
  {
    what: "the run token is rotated again",
    config: { rotation: { google: { epoch: 3 }, gatewayToken: { epoch: 3 } } },
    steps: [
      "create AccountToken claude-failover-gateway-run-3",
      "delete AccountToken claude-failover-gateway-run-1",
      WORKER,
    ],
  },
  { what: "locations change", config: { vertexLocations: ["us-east5", "global"] }, steps: [WORKER] },
  {
    what: "Bedrock is added",
    config: BEDROCK,
    secrets: { bedrockApiKey: BEDROCK_KEY },
    steps: [WORKER],
  },
  { what: "Bedrock moves to another region", config: { bedrock: { region: "eu-west-1" } }, steps: [WORKER] },
  {
    what: "the order of the providers changes",
    config: { chain: ["anthropic", "bedrock", "vertex"] },
    steps: [WORKER],
  },
  { what: "Bedrock is removed", config: {}, without: ["bedrock", "chain", "bedrockApiKey"], steps: [WORKER] },
  {
    what: "Bedrock is added again",
    config: BEDROCK,
    secrets: { bedrockApiKey: BEDROCK_KEY },
    steps: [WORKER],
  },
  {
    what: "Bedrock's key is rotated",
    config: {},
    secrets: { bedrockApiKeyPrevious: BEDROCK_KEY, bedrockApiKey: NEW_BEDROCK_KEY },
    steps: [WORKER],
  },
  { what: "nothing changes", config: {}, steps: [] },
  { what: "routing changes", config: { routing: "direct" }, steps: [WORKER] },
  { what: "conversations no longer stay on a target", config: { stickiness: { mode: "off" } }, steps: [WORKER] },
  { what: "isolates no longer share failures", config: { breaker: { neighbours: false } }, steps: [WORKER] },
  { what: "isolates share failures again", config: { breaker: {} }, steps: [WORKER] },
  { what: "more failures open a circuit", config: { breaker: { failures: 9 } }, steps: [WORKER] },
  { what: "time limits change", config: { timeouts: { firstByteMs: 30_000 } }, steps: [WORKER] },
  {
    what: "the gateway gets limits",
    config: { rateLimit: { requests: 600, intervalSeconds: 60 }, spendLimits: [{ usd: 100, windowSeconds: 86_400 }] },
    steps: ["update AiGateway claude-failover-gateway"],
  },
  { what: "everything is protected", config: { protect: true }, steps: [] },
  { what: "nothing is protected", config: { protect: false }, steps: [] },
  {
    what: "the role is reduced to predicting",
    config: { googleRole: "predictOnly" },
    steps: [
      "create IAMCustomRole claude-failover-vertex-role",
      expect.stringMatching(/^create IAMMember claude-failover-vertex-user-predictOnly-/),
      expect.stringMatching(/^delete IAMMember claude-failover-vertex-user-aiplatform.user-/),
    ],
  },
  {
    what: "Access protects workers.dev",
    config: GATED,
    steps: [`create ${WORKER_ACCESS}`],
  },
  {
    what: "a custom domain replaces workers.dev behind Access",
    config: { domain: { hostname: HOSTNAME, zoneId: ZONE_ID } },
    steps: [
      `create ${DOMAIN_ACCESS}`,
      `create WorkersCustomDomain claude-failover-worker-domain-${HOSTNAME}`,
      UPDATE_WORKERS_DEV,
      `delete ${WORKER_ACCESS}`,
    ],
  },
  {
    what: "the custom domain is removed behind Access",
    config: {},
    without: ["domain"],
    steps: [
      `create ${WORKER_ACCESS}`,
      UPDATE_WORKERS_DEV,
      `delete WorkersCustomDomain claude-failover-worker-domain-${HOSTNAME}`,
      `delete ${DOMAIN_ACCESS}`,
    ],
  },
  {
    what: "Access is removed from workers.dev",
    config: {},
    without: ["access"],
    steps: [`delete ${WORKER_ACCESS}`],
  },
  {
    what: "a custom domain replaces workers.dev",
    config: { domain: { hostname: HOSTNAME, zoneId: ZONE_ID } },
    steps: [`create WorkersCustomDomain claude-failover-worker-domain-${HOSTNAME}`, UPDATE_WORKERS_DEV],
  },
  {
    what: "Access protects the domain",
    config: GATED,
    steps: [`create ${DOMAIN_ACCESS}`],
  },
  {
    what: "workers.dev is switched on behind Access, beside the domain",
    config: { workersDev: "keep" },
    steps: [`create ${WORKER_ACCESS}`, UPDATE_WORKERS_DEV],
  },
];

const GOOGLE: Readonly<Record<string, readonly [Change, ...Change[]]>> = {
  serviceAccountKey: [
    {
      what: "the Google key is rotated",
      config: { rotation: { google: { epoch: 2 } } },
      steps: ["create Key claude-failover-vertex-key-2", WORKER],
    },
    {
      what: "the Google key is rotated again",
      config: { rotation: { google: { epoch: 3 } } },
      steps: ["create Key claude-failover-vertex-key-3", "delete Key claude-failover-vertex-key-1", WORKER],
    },
  ],
  workloadIdentity: [
    {
      what: "the signing key is rotated",
      config: { rotation: { google: { epoch: 2 } } },
      steps: [
        "create PrivateKey claude-failover-vertex-signing-key-2",
        "update WorkloadIdentityPoolProvider claude-failover-vertex-pool-provider",
        WORKER,
      ],
    },
    {
      what: "the signing key is rotated again",
      config: { rotation: { google: { epoch: 3 } } },
      steps: [
        "create PrivateKey claude-failover-vertex-signing-key-3",
        "delete PrivateKey claude-failover-vertex-signing-key-1",
        "update WorkloadIdentityPoolProvider claude-failover-vertex-pool-provider",
        WORKER,
      ],
    },
  ],
};

for (const [googleAuth, googleChanges] of Object.entries(GOOGLE)) {
  describeEngine(`with ${googleAuth}`, () => {
    let engine: Engine;
    let worker: UploadedWorker;

    beforeAll(async () => {
      engine = await Engine.start();
      engine.account.zones.set(ZONE_ID, "example.com");
      await engine.addStack("one");
      const up = await engine.up("one", "--skip-preview", ...settings({ ...REQUIRED, googleAuth }));
      expect(up.exitCode, up.output).toBe(0);
      worker = await UploadedWorker.of(engine.cloud, () => engine.scriptOf("one"));
    }, 60_000);
    afterAll(async () => {
      await worker?.stop();
      await engine?.stop();
    });

    it("a second up has no steps", async () => {
      const steps: string[] = [];
      engine.operations.onDone = (operation) => steps.push(operationName(operation));
      const up = await engine.up("one");
      engine.operations.onDone = undefined;
      expect(up.exitCode, up.output).toBe(0);
      expect(steps).toEqual([]);
    });

    it("the preview of a rotation shows the same steps as its up", async () => {
      const [{ config, steps }] = googleChanges;
      const planned = await engine.plannedSteps("one", ...settings(config));
      expect(planned.map((step) => step.replace(/ \S+:/, " ")).sort()).toEqual([...steps].sort());
    });

    it.each([...googleChanges, ...CHANGES])(
      "$what, and no request is refused",
      async ({ config, secrets, without = [], steps: expected, renamed = {} }) => {
        if (secrets) await engine.setSecrets("one", secrets);
        const tokens = await engine.clientTokens("one");
        const token = tokens.default ?? "";
        const served: (string | null)[][] = [];
        const steps: string[] = [];
        let asked: Promise<unknown> = Promise.resolve();
        engine.operations.onDone = (operation) => {
          if (operation.kind === "read") return;
          steps.push(operationName(operation));
          // The engine may do steps side by side, but Anthropic's fault must not change during a
          // request.
          asked = asked.then(async () => served.push(await worker.servedBy(token)));
          return asked;
        };
        for (const key of without) await engine.unset("one", key);
        const up = await engine.up("one", "--skip-preview", ...settings(config));
        engine.operations.onDone = undefined;
        expect(up.exitCode, up.output).toBe(0);
        expect(steps).toHaveLength(expected.length);
        expect(steps).toEqual(expect.arrayContaining([...expected]));
        expect(served).toEqual(served.map(() => SERVED));
        const tokensNow = await engine.clientTokens("one");
        expect(await worker.servedBy(tokensNow.default)).toEqual(SERVED);
        for (const [name, formerName] of Object.entries(renamed)) {
          expect(tokensNow[name]).toBe(tokens[formerName]);
          expect(await worker.servedBy(tokensNow[name])).toEqual(SERVED);
        }
      },
    );

    it("a refresh finds no change in the end", async () => {
      const check = await engine.preview("one", "--refresh", "--expect-no-changes");
      expect(check.exitCode, check.output).toBe(0);
    });

    it("no current or previous secret was stored or printed as plain text", async () => {
      const secrets = {
        ...engine.secretsOf("one"),
        ...Object.fromEntries(Object.entries(await engine.clientTokens("one"))),
      };
      expect(Object.keys(secrets)).toEqual(
        expect.arrayContaining(["GATEWAY_TOKEN", "GATEWAY_TOKEN_PREVIOUS", "BEDROCK_API_KEY_PREVIOUS", "default"]),
      );
      const diff = await engine.preview("one", "--diff", ...settings({ routing: "bypass" }));
      const exported = await engine.run(["stack", "export", "--stack", "one"]);
      const places = { state: engine.stateFile("one"), exported: exported.output, diff: diff.output };
      for (const [place, content] of Object.entries({ ...places, transcript: engine.transcript.join("\n") })) {
        expect(content.length, place).toBeGreaterThan(1_000);
        expect(leaksIn(content, secrets), place).toEqual([]);
      }
    });

    it("`destroy` leaves nothing behind except for what Google keeps", async () => {
      const destroy = await engine.destroy("one", "--remove");
      expect(destroy.exitCode, destroy.output).toBe(0);
      expect(inventory(engine.account, engine.project)).toEqual([]);
    });
  });
}
