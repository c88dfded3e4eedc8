/**
 * Starts a whole stack on loopback: creates an account, a project and an API key, runs the Pulumi
 * program against them, and serves its Worker. Settings come from the options here, never from a
 * stack file.
 */
import { curlCommand } from "../../infra/curl.ts";
import type { Options as WorkerOptions } from "../../worker/options.ts";
import { requirePorts, withPort } from "../cli/ports.ts";
import { LocalCloud } from "../cloud/index.ts";
import { randomText } from "../state/ids.ts";
import { addAccount, addProject, bindingText, type Script } from "../state/index.ts";
import { seedBlogPost } from "./blog-post.ts";
import { type ProgramRun, type Registration, type RunResult, runProgram } from "./pulumi-mocks.ts";
import { WorkerRuntime } from "./worker-runtime.ts";

export const PROJECT = "claude-failover";
export const ACCOUNT_ID = "10ca1c10d00000000000000000000000";
export const GOOGLE_PROJECT = "local-project";

/** Settings that the program wants stored as secrets. */
const SECRETS = [
  "anthropicApiKey",
  "anthropicApiKeyPrevious",
  "gatewayToken",
  "gatewayTokenPrevious",
  "otelAuthorization",
];

export interface StackOptions {
  /** Port of the Worker. 0 means any free port. */
  port?: number;
  /** Port of the local cloud. 0 means any free port. */
  cloudPort?: number;
  /** Date as YYYY-MM-DD. It decides which models exist. */
  today?: string;
  stack?: string;
  /** Program settings in addition to the required ones, without the project prefix. */
  config?: Readonly<Record<string, unknown>>;
  intercept?: NonNullable<ProgramRun["intercept"]>;
  onLine?: (line: string) => void;
}

export interface Outputs {
  url: string;
  gatewayUrl: string;
  clientTokens: Readonly<Record<string, string>>;
  gatewayToken: string;
}

export class Sandbox {
  readonly cloud: LocalCloud;
  readonly runtime: WorkerRuntime;
  readonly outputs: Outputs;
  readonly run: RunResult;
  readonly anthropicApiKey: string;
  readonly #script: Script;

  private constructor(
    cloud: LocalCloud,
    script: Script,
    runtime: WorkerRuntime,
    run: RunResult,
    anthropicApiKey: string,
  ) {
    this.cloud = cloud;
    this.#script = script;
    this.runtime = runtime;
    this.run = run;
    this.outputs = run.outputs as unknown as Outputs; // what infra/index.ts returns
    this.anthropicApiKey = anthropicApiKey;
  }

  /** @throws an error whose message is one line for the user. */
  static async up(options: StackOptions = {}): Promise<Sandbox> {
    const { port = 0, cloudPort: wantedCloudPort = 0 } = options;
    await requirePorts({ "--port": port, "--cloud-port": wantedCloudPort });
    const today = options.today ?? new Date().toISOString().slice(0, 10);
    const cloud = await withPort("--cloud-port", wantedCloudPort, () =>
      LocalCloud.start({ port: wantedCloudPort, today }),
    );
    try {
      const { state, user, port: cloudPort } = cloud.context;
      seedBlogPost(state, user);
      const deployToken = randomText(40);
      addAccount(state, ACCOUNT_ID, "local").deployTokens.add(deployToken);
      addProject(state, GOOGLE_PROJECT, "100000000000").policy.set("roles/owner", new Set([user]));
      const anthropicApiKey = `sk-ant-local-${randomText(32)}`;
      state.anthropicApiKeys.add(anthropicApiKey);

      const bare = {
        cloudflareAccountId: ACCOUNT_ID,
        googleProject: GOOGLE_PROJECT,
        anthropicApiKey,
        ...options.config,
      };
      const run = await runProgram(state, {
        project: PROJECT,
        stack: options.stack ?? "local",
        config: {
          ...Object.fromEntries(Object.entries(bare).map(([key, value]) => [`${PROJECT}:${key}`, value])),
          "cloudflare:apiToken": deployToken,
          "cloudflare:baseUrl": `${cloud.url}/api.cloudflare.com/client/v4`,
        },
        secretKeys: [...SECRETS.map((key) => `${PROJECT}:${key}`), "cloudflare:apiToken"],
        ...(options.intercept ? { intercept: options.intercept } : {}),
      });
      const script = onlyScript([...(state.accounts.get(ACCOUNT_ID)?.scripts.values() ?? [])]);
      const { onLine } = options;
      const runtime = await withPort("--port", port, () =>
        WorkerRuntime.start({ script, cloudPort, port, ...(onLine ? { onLine } : {}) }),
      );
      return new Sandbox(cloud, script, runtime, run, anthropicApiKey);
    } catch (error) {
      await cloud.close();
      throw error;
    }
  }

  /**
   * The command that `npm run curl` prints for a stack, with the gateway's address on this machine.
   */
  get curl(): string {
    return curlCommand(this.gatewayUrl, GOOGLE_PROJECT, this.vertexLocations[0]);
  }

  /** The gateway's address on this machine. */
  get gatewayUrl(): string {
    return this.outputs.gatewayUrl.replace("https://gateway.ai.cloudflare.com", this.cloud.url);
  }

  /** Vertex locations that the Worker uses, in order of preference. */
  get vertexLocations(): readonly string[] {
    return this.#binding("VERTEX_LOCATIONS") as string[];
  }

  /** The Worker's `OPTIONS` binding. */
  get options(): WorkerOptions {
    return this.#binding("OPTIONS") as WorkerOptions;
  }

  /** Parses the JSON that infra/worker/bindings.ts wrote into a binding. */
  #binding(name: string): unknown {
    return JSON.parse(bindingText(this.#script, name) ?? "null");
  }

  get registrations(): readonly Registration[] {
    return this.run.registrations;
  }

  async down(): Promise<void> {
    await this.runtime.stop();
    await this.cloud.close();
  }
}

function onlyScript(scripts: readonly Script[]): Script {
  const [script] = scripts;
  if (!script) throw new Error("The program did not upload a Worker.");
  return script;
}
