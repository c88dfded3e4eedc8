/** Each component works alone in another program, with only its required arguments. */
import { Provider as CloudflareProvider } from "@pulumi/cloudflare/provider.js";
import { Provider as GoogleProvider } from "@pulumi/gcp/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { Provider as RandomProvider } from "@pulumi/random/provider.js";
import { describe, expect, it } from "vitest";
import { ClaudeFailover } from "../../infra/claude-failover.ts";
import { AiGateway } from "../../infra/gateway/ai-gateway.ts";
import { resourceNames } from "../../infra/names.ts";
import { VertexAccess } from "../../infra/vertex/vertex-access.ts";
import { FailoverWorker } from "../../infra/worker/failover-worker.ts";
import { ACCOUNT_ID, GOOGLE_PROJECT } from "../../local/sandbox/index.ts";
import { type RunResult, runProgram } from "../../local/sandbox/pulumi-mocks.ts";
import { addAccount, addProject, emptyState } from "../../local/state/index.ts";

const DEPLOY_TOKEN = "d".repeat(40);
const names = resourceNames("theirs", "dev");

const REQUIRED = {
  environment: "dev",
  names,
  cloudflareAccountId: ACCOUNT_ID,
  googleProject: GOOGLE_PROJECT,
  anthropicApiKey: "sk-ant-theirs-0123456789",
};

function run(build: (opts: pulumi.ComponentResourceOptions) => Record<string, unknown>): Promise<RunResult> {
  const state = emptyState();
  addAccount(state, ACCOUNT_ID, "local").deployTokens.add(DEPLOY_TOKEN);
  addProject(state, GOOGLE_PROJECT, "100000000000");
  return runProgram(state, {
    project: "theirs",
    stack: "dev",
    config: { "cloudflare:baseUrl": "http://127.0.0.1:1" },
    secretKeys: [],
    program: async () =>
      build({
        providers: {
          cloudflare: new CloudflareProvider("cloudflare", { apiToken: DEPLOY_TOKEN }),
          gcp: new GoogleProvider("google", { project: GOOGLE_PROJECT }),
          random: new RandomProvider("random"),
        },
      }),
  });
}

const typesOf = ({ registrations }: RunResult) => registrations.map(({ type }) => type.split(":").at(-1)).sort();

describe("in another program", () => {
  it("AiGateway creates a gateway and a run token", async () => {
    const result = await run((opts) => {
      const { url, tokens } = new AiGateway("gateway", { cloudflareAccountId: ACCOUNT_ID, name: "theirs" }, opts);
      return { url, token: tokens.current };
    });
    expect(typesOf(result)).toEqual(["AccountToken", "AiGateway"]);
    expect(result.outputs.url).toBe(`https://gateway.ai.cloudflare.com/v1/${ACCOUNT_ID}/theirs`);
    expect(result.secretOutputs).toEqual(["token"]);
  });

  it("VertexAccess creates two APIs, a service account, its role and its key", async () => {
    const result = await run((opts) => {
      const args = { project: GOOGLE_PROJECT, names, issuer: "https://theirs.example.com" };
      return { credential: new VertexAccess("vertex", args, opts).credentials.current };
    });
    expect(typesOf(result)).toEqual(["Account", "IAMMember", "Key", "Service", "Service"]);
    expect(result.secretOutputs).toEqual(["credential"]);
  });

  it("FailoverWorker creates a script and its address", async () => {
    const secret = { current: pulumi.secret("s"), previous: undefined };
    const bindings = {
      plain: {
        ENVIRONMENT: "dev",
        GATEWAY_URL: "https://gateway.ai.cloudflare.com/v1/a/g",
        GOOGLE_PROJECT,
        VERTEX_LOCATIONS: '["us-east5"]',
        CLIENT_COUNT: "1",
        CLIENTS_1: "",
        OPTIONS: "{}",
      },
      secret: { ANTHROPIC_API_KEY: secret, GATEWAY_TOKEN: secret, GOOGLE_CREDENTIAL: secret },
    };
    const result = await run((opts) => {
      const args = { cloudflareAccountId: ACCOUNT_ID, name: "theirs", bindings, workersSubdomain: "acme" };
      return { url: new FailoverWorker("worker", args, opts).url };
    });
    expect(typesOf(result)).toEqual(["WorkersScript", "WorkersScriptSubdomain"]);
    expect(result.outputs.url).toBe("https://theirs.acme.workers.dev");
  });

  it("ClaudeFailover needs only the ids and the key of the customer, and has the documented defaults", async () => {
    const result = await run((opts) => {
      return { url: new ClaudeFailover("failover", { ...REQUIRED, workersSubdomain: "acme" }, opts).url };
    });
    const script = result.registrations.find(({ type }) => type.endsWith(":WorkersScript"));
    const options = script?.inputs.bindings.find(({ name }: { name: string }) => name === "OPTIONS").text;
    expect(JSON.parse(options)).toMatchObject({ routing: "universal", timeouts: { chainMs: 590_000 }, force: null });
    expect(result.outputs.url).toBe("https://theirs-dev.acme.workers.dev");
  });

  it.each<[string, string[] | undefined, string[]]>([
    ["the whole default without allowedLocations", undefined, ["us-east5", "us", "global"]],
    ["what allowedLocations leaves of the default, in its order", ["us", "eu", "us-east5"], ["us-east5", "us"]],
  ])("ClaudeFailover gives the Worker %s", async (_what, allowedLocations, expected) => {
    const result = await run((opts) => {
      const args = { ...REQUIRED, workersSubdomain: "acme", ...(allowedLocations && { allowedLocations }) };
      return { url: new ClaudeFailover("failover", args, opts).url };
    });
    const script = result.registrations.find(({ type }) => type.endsWith(":WorkersScript"));
    const locations = script?.inputs.bindings.find(({ name }: { name: string }) => name === "VERTEX_LOCATIONS").text;
    expect(JSON.parse(locations)).toEqual(expected);
  });

  it("ClaudeFailover accepts an account and a project that the same program creates", async () => {
    const result = await run((opts) => {
      const created = { cloudflareAccountId: pulumi.output(ACCOUNT_ID), googleProject: pulumi.output(GOOGLE_PROJECT) };
      return { gatewayUrl: new ClaudeFailover("failover", { ...REQUIRED, ...created }, opts).gatewayUrl };
    });

    expect(result.outputs.gatewayUrl).toBe(`https://gateway.ai.cloudflare.com/v1/${ACCOUNT_ID}/theirs-dev`);
    const grant = result.registrations.find(({ type }) => type.endsWith(":IAMMember"));
    expect(grant?.inputs.project).toBe(GOOGLE_PROJECT);
  });

  it("ClaudeFailover exposes its resources as `nodes`", async () => {
    const result = await run((opts) => {
      const { nodes } = new ClaudeFailover("failover", { ...REQUIRED, workersSubdomain: "acme" }, opts);
      return {
        gateway: nodes.gateway.aiGatewayId,
        script: nodes.script.scriptName,
        serviceAccount: nodes.serviceAccount?.email,
      };
    });

    expect(result.outputs).toEqual({
      gateway: "theirs-dev",
      script: "theirs-dev",
      serviceAccount: `theirs-dev@${GOOGLE_PROJECT}.iam.gserviceaccount.com`,
    });
  });

  it("ClaudeFailover records its arguments without the secrets", async () => {
    const secrets = { anthropicApiKey: "sk-ant-theirs-recorded", gatewayToken: "g".repeat(40) };

    const { components } = await run((opts) => {
      return { url: new ClaudeFailover("failover", { ...REQUIRED, ...secrets, routing: "direct" }, opts).url };
    });

    const recorded = components.find(({ type }) => type.endsWith(":ClaudeFailover"));
    expect(recorded?.inputs).toMatchObject({ environment: "dev", routing: "direct", googleProject: GOOGLE_PROJECT });
    for (const secret of Object.values(secrets)) expect(JSON.stringify(components)).not.toContain(secret);
  });

  it("two ClaudeFailover can have the same name below two parents", async () => {
    const result = await run((opts) => {
      const parents = ["a", "b"].map((name) => new pulumi.ComponentResource("theirs:index:Team", name, {}, opts));
      const urls = parents.map((parent, index) => {
        const own = { ...REQUIRED, names: resourceNames("theirs", `team${index}`), workersSubdomain: "acme" };
        return new ClaudeFailover("failover", own, { parent }).url;
      });
      return { urls: pulumi.all(urls) };
    });

    expect(result.outputs.urls).toEqual([
      "https://theirs-team0.acme.workers.dev",
      "https://theirs-team1.acme.workers.dev",
    ]);
    expect(new Set(result.hooks).size).toBe(result.hooks.length);
  });
  it("gives its hooks the same names in every run, so that the engine finds the hooks of deleted resources", async () => {
    const build = (opts: pulumi.ComponentResourceOptions) => {
      return { url: new ClaudeFailover("failover", { ...REQUIRED, workersSubdomain: "acme" }, opts).url };
    };

    const [first, second] = [await run(build), await run(build)];

    expect(second.hooks).toEqual(first.hooks);
  });
});

/** Wrong arguments that TypeScript does not detect, or that a caller in JavaScript can pass. */
const WRONG_ARGUMENTS: readonly [what: string, args: object, problem: string][] = [
  ["a malformed location", { vertexLocations: ["Ohio"] }, "vertexLocations[0]: a Vertex location is a region such as"],
  [
    "a location outside the allowed ones",
    { vertexLocations: ["us"], allowedLocations: ["eu"] },
    "vertexLocations: us is not one of allowedLocations",
  ],
  ["a malformed account id", { cloudflareAccountId: "acme" }, "cloudflareAccountId: a Cloudflare account id has"],
  ["a malformed project id", { googleProject: "A" }, "googleProject: a Google Cloud project id has"],
  ["a malformed key", { anthropicApiKey: "secret-value" }, "anthropicApiKey: an Anthropic API key starts with sk-ant-"],
  [
    "a misspelt argument",
    { vertexLocation: "eu" },
    "vertexLocation: there is no such setting (did you mean vertexLocations?)",
  ],
  ["a previous token alone", { gatewayTokenPrevious: "g".repeat(40) }, "gatewayToken: gatewayTokenPrevious is set"],
];

describe("ClaudeFailover refuses", () => {
  it.each(WRONG_ARGUMENTS)("%s", (_what, args, problem) => {
    const broken = () => new ClaudeFailover("failover", { ...REQUIRED, ...args });

    expect(broken).toThrow(pulumi.RunError);
    expect(broken).toThrow(`The arguments of ClaudeFailover "failover" cannot be used:\n  - ${problem}`);
    expect(broken).not.toThrow("secret-value");
  });

  it("`adopt` with an account id that is known only during the run", async () => {
    const failed = run((opts) => {
      const args = { ...REQUIRED, cloudflareAccountId: pulumi.output(ACCOUNT_ID), adopt: ["gateway" as const] };
      return { url: new ClaudeFailover("failover", args, opts).url };
    });

    await expect(failed).rejects.toThrow("adopt needs cloudflareAccountId as plain text");
  });
});

type Bindings = ConstructorParameters<typeof FailoverWorker>[1]["bindings"];

const PLAIN = {
  ENVIRONMENT: "",
  GATEWAY_URL: "",
  GOOGLE_PROJECT: "",
  VERTEX_LOCATIONS: "",
  CLIENT_COUNT: "",
  CLIENTS_1: "",
  OPTIONS: "",
};

/** The compiler checks this: each line needs its `@ts-expect-error`. */
export const NO_BINDINGS: readonly (Bindings["plain"] | Bindings["secret"])[] = [
  // @ts-expect-error bindings that worker/bindings.ts declares are missing
  { GATEWAY_TOKEN: { current: pulumi.secret("s"), previous: undefined } },
  // @ts-expect-error worker/bindings.ts declares no such binding
  { ...PLAIN, EXTRA: "" },
];

describe("`protect`", () => {
  it("covers all resources except tokens, keys and enabled APIs, which must stay revocable", async () => {
    const result = await run((opts) => {
      return { url: new ClaudeFailover("failover", { ...REQUIRED, protect: true }, opts).url };
    });
    const open = result.registrations.filter(({ protect }) => !protect).map(({ type }) => type.split(":").at(-1));
    expect([...new Set(open)].sort()).toEqual(["AccountToken", "Key", "RandomPassword", "Service"]);
  });
});
