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
import {
  type AccessApplication,
  accessAt,
  addAccount,
  addProject,
  bindingText,
  type CloudState,
  hostnameOf,
  type Script,
} from "../state/index.ts";
import { recordWorkerLine } from "../state/worker-log.ts";
import { seedBlogPost } from "./blog-post.ts";
import type { Change } from "./deployment.ts";
import type { ProgramRun, Registration, RunResult } from "./pulumi-mocks.ts";
import { SandboxStack } from "./stack.ts";
import { StackControl } from "./stack-control.ts";
import { WorkerRuntime } from "./worker-runtime.ts";

export const PROJECT = "claude-failover";
export const ACCOUNT_ID = "10ca1c10d00000000000000000000000";
export const GOOGLE_PROJECT = "local-project";

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
  /** Whether the stack can be changed after it is up, by `update`. Default: no. */
  isUpdatable?: boolean;
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
  readonly stack: SandboxStack;
  readonly anthropicApiKey: string;
  #run: RunResult;

  private constructor(
    cloud: LocalCloud,
    stack: SandboxStack,
    runtime: WorkerRuntime,
    run: RunResult,
    anthropicApiKey: string,
  ) {
    this.cloud = cloud;
    this.stack = stack;
    this.runtime = runtime;
    this.#run = run;
    this.anthropicApiKey = anthropicApiKey;
  }

  /** @throws an error whose message is one line for the user. */
  static async up(options: StackOptions = {}): Promise<Sandbox> {
    const { port = 0, cloudPort: wantedCloudPort = 0, isUpdatable = false } = options;
    await requirePorts({ "--port": port, "--cloud-port": wantedCloudPort });
    const today = options.today ?? new Date().toISOString().slice(0, 10);
    const cloud = await withPort("--cloud-port", wantedCloudPort, () =>
      LocalCloud.start({ port: wantedCloudPort, today }),
    );
    try {
      const { state, user, port: cloudPort } = cloud.context;
      seedBlogPost(state, user);
      const cloudflareToken = randomText(40);
      const account = addAccount(state, ACCOUNT_ID, "local");
      account.deployTokens.add(cloudflareToken);
      addProject(state, GOOGLE_PROJECT, "100000000000").policy.set("roles/owner", new Set([user]));
      const anthropicApiKey = `sk-ant-local-${randomText(32)}`;
      state.anthropicApiKeys.add(anthropicApiKey);
      const bedrockApiKey = `ABSK${randomText(32)}`;
      state.bedrockApiKeys.set(bedrockApiKey, { mayInfer: true });

      const stack = new SandboxStack(state, {
        project: PROJECT,
        stack: options.stack ?? "local",
        configured: {
          cloudflareAccountId: ACCOUNT_ID,
          googleProject: GOOGLE_PROJECT,
          anthropicApiKey,
          ...(options.config?.bedrock === undefined ? {} : { bedrockApiKey }),
          ...options.config,
        },
        cloudflareToken,
        cloudUrl: cloud.url,
        ...(options.intercept ? { intercept: options.intercept } : {}),
      });
      const run = await stack.up();
      const script = onlyScript(state);
      const onLine = (line: string) => {
        recordWorkerLine(account, script.name, line, Date.now());
        options.onLine?.(line);
      };
      const runtime = await withPort("--port", port, () =>
        WorkerRuntime.start({ script, cloudPort, port, isReplaceable: isUpdatable, onLine }),
      );
      const sandbox = new Sandbox(cloud, stack, runtime, run, anthropicApiKey);
      if (isUpdatable) cloud.context.stack = new StackControl(sandbox);
      return sandbox;
    } catch (error) {
      await cloud.close();
      throw error;
    }
  }

  /**
   * Runs the program again with the stack's present settings, and serves the Worker that it has
   * uploaded. Needs `isUpdatable`.
   */
  async update(): Promise<readonly Change[]> {
    const served = () => `${this.script.versionId} ${this.#access()?.id}`;
    const before = served();
    const run = await this.stack.up();
    if (served() !== before) await this.runtime.replace(this.script);
    // Only now, because the outputs may have tokens that the old Worker does not know.
    this.#run = run;
    return run.changes;
  }

  #access(): AccessApplication | undefined {
    return accessAt(this.script.account, hostnameOf(this.script), this.script);
  }

  /** The uploaded Worker. */
  get script(): Script {
    return onlyScript(this.cloud.context.state);
  }

  /** Of the newest run. */
  get outputs(): Outputs {
    return this.#run.outputs as unknown as Outputs; // what infra/index.ts returns
  }

  /** The newest run. */
  get run(): RunResult {
    return this.#run;
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
    return JSON.parse(bindingText(this.script, name) ?? "null");
  }

  get registrations(): readonly Registration[] {
    return this.run.registrations;
  }

  async down(): Promise<void> {
    await this.runtime.stop();
    await this.cloud.close();
  }
}

function onlyScript(state: CloudState): Script {
  const [script] = state.accounts.get(ACCOUNT_ID)?.scripts.values() ?? [];
  if (!script) throw new Error("The program did not upload a Worker.");
  return script;
}
