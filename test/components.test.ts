/** Each component stands alone in a program of somebody else's, with what is required of it and nothing more. */
import { Provider as CloudflareProvider } from "@pulumi/cloudflare/provider.js";
import { Provider as GoogleProvider } from "@pulumi/gcp/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { Provider as RandomProvider } from "@pulumi/random/provider.js";
import { describe, expect, it } from "vitest";
import { AiGateway } from "../infra/ai-gateway.ts";
import { ClaudeFailover } from "../infra/claude-failover.ts";
import { FailoverWorker } from "../infra/failover-worker.ts";
import { resourceNames } from "../infra/names.ts";
import { VertexAccess } from "../infra/vertex-access.ts";
import { type RunResult, runProgram } from "../local/program.ts";
import { ACCOUNT_ID, GOOGLE_PROJECT } from "../local/stack.ts";
import { addAccount, addProject, emptyState } from "../local/state.ts";

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
    config: {},
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

describe("in a program of somebody else's", () => {
  it("a gateway is a gateway and the token that may run it", async () => {
    const result = await run((opts) => {
      const { url, tokens } = new AiGateway("gateway", { cloudflareAccountId: ACCOUNT_ID, name: "theirs" }, opts);
      return { url, token: tokens.newest };
    });
    expect(typesOf(result)).toEqual(["AccountToken", "AiGateway"]);
    expect(result.outputs.url).toBe(`https://gateway.ai.cloudflare.com/v1/${ACCOUNT_ID}/theirs`);
    expect(result.secretOutputs).toEqual(["token"]);
  });

  it("access to Vertex is two APIs, a service account, its role and its key", async () => {
    const result = await run((opts) => {
      const args = { project: GOOGLE_PROJECT, names, issuer: "https://theirs.example.com" };
      return { credential: new VertexAccess("vertex", args, opts).credentials.newest };
    });
    expect(typesOf(result)).toEqual(["Account", "IAMMember", "Key", "Service", "Service"]);
    expect(result.secretOutputs).toEqual(["credential"]);
  });

  it("a Worker is a script and its address", async () => {
    const secret = { newest: pulumi.secret("s"), previous: undefined };
    const bindings = {
      plain: {
        ENVIRONMENT: "dev",
        GATEWAY_URL: "https://gateway.ai.cloudflare.com/v1/a/g",
        GOOGLE_PROJECT,
        VERTEX_LOCATIONS: '["us-east5"]',
        CLIENTS: "[]",
        OPTIONS: "{}",
      },
      secret: { ANTHROPIC_API_KEY: secret, GATEWAY_TOKEN: secret, GOOGLE_CREDENTIAL: secret },
    };
    const result = await run((opts) => {
      const args = { cloudflareAccountId: ACCOUNT_ID, name: "theirs", bindings };
      return { url: new FailoverWorker("worker", args, opts).url };
    });
    expect(typesOf(result)).toEqual(["WorkersScript", "WorkersScriptSubdomain"]);
    expect(result.outputs.url).toBe("https://theirs.local.workers.dev");
  });

  it("the whole needs only what a customer alone can know, and has the documented defaults", async () => {
    const result = await run((opts) => {
      return { url: new ClaudeFailover("failover", REQUIRED, opts).url };
    });
    const script = result.registrations.find(({ type }) => type.endsWith(":WorkersScript"));
    const options = script?.inputs.bindings.find(({ name }: { name: string }) => name === "OPTIONS").text;
    expect(JSON.parse(options)).toMatchObject({ routing: "universal", timeouts: { chainMs: 590_000 }, force: null });
    expect(result.outputs.url).toBe("https://theirs-dev.local.workers.dev");
  });

  it("an option that is none is refused by its name", async () => {
    const broken = () => new ClaudeFailover("failover", { ...REQUIRED, vertexLocations: ["Ohio"] });
    expect(broken).toThrow(/a Vertex location is a region such as us-east5/);
  });
});

type Bindings = ConstructorParameters<typeof FailoverWorker>[1]["bindings"];

/** Checked by the compiler: none of this compiles without the comments. */
export const NO_BINDINGS: readonly (Bindings["plain"] | Bindings["secret"])[] = [
  // @ts-expect-error bindings that worker/bindings.ts declares are missing
  { GATEWAY_TOKEN: { newest: pulumi.secret("s"), previous: undefined } },
  // @ts-expect-error worker/bindings.ts declares no such binding
  { ENVIRONMENT: "", GATEWAY_URL: "", GOOGLE_PROJECT: "", VERTEX_LOCATIONS: "", CLIENTS: "", OPTIONS: "", EXTRA: "" },
];

describe("what a component protects", () => {
  it("is what cannot be made again as it was, and never what must be revocable", async () => {
    const result = await run((opts) => {
      return { url: new ClaudeFailover("failover", { ...REQUIRED, protect: true }, opts).url };
    });
    const open = result.registrations.filter(({ protect }) => !protect).map(({ type }) => type.split(":").at(-1));
    expect([...new Set(open)].sort()).toEqual(["AccountToken", "Key", "RandomPassword", "Service"]);
  });
});
