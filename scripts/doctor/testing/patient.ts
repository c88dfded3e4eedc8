/**
 * A stack on a local cloud of its own, for tests of doctor: before the first `pulumi up`, or after
 * it. Instead of workerd a small server answers at the stack's url with the version of the newest
 * upload, because doctor asks the Worker for nothing else.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { LocalCloud } from "../../../local/cloud/index.ts";
import { SandboxStack } from "../../../local/sandbox/stack.ts";
import { randomText } from "../../../local/state/ids.ts";
import {
  addAccount,
  addProject,
  type CloudflareAccount,
  type GoogleProject,
  type Script,
  type ServiceAccount,
} from "../../../local/state/index.ts";
import { ONE_LOCATION } from "../../../test/support/sandbox.ts";
import { type Ran, runOperator } from "../../testing/operator.ts";
import type { Line } from "../examination.ts";

export const ACCOUNT_ID = "10ca1c10d00000000000000000000000";
export const PROJECT_ID = "local-project";
export const ZONE_ID = "20e00000000000000000000000000000";

export interface PatientOptions {
  /** Settings in addition to the required ones and to `ONE_LOCATION`. */
  config?: Readonly<Record<string, unknown>>;
  /** Whether the first `pulumi up` has run. Default: no. */
  isDeployed?: boolean;
}

export class Patient {
  readonly cloud: LocalCloud;
  readonly stack: SandboxStack;
  readonly account: CloudflareAccount;
  readonly project: GoogleProject;
  readonly anthropicApiKey: string;
  /** Whether something else answers at the stack's url. */
  isShadowed = false;
  readonly #worker: Server;
  #outputs: Readonly<Record<string, unknown>> | null = null;

  private constructor(cloud: LocalCloud, worker: Server, config: Readonly<Record<string, unknown>>) {
    const { state, user } = cloud.context;
    this.cloud = cloud;
    this.#worker = worker;
    this.account = addAccount(state, ACCOUNT_ID, "local");
    this.account.zones.set(ZONE_ID, "example.com");
    this.project = addProject(state, PROJECT_ID, "100000000000");
    this.project.policy.set("roles/owner", new Set([user]));
    this.anthropicApiKey = this.newAnthropicKey();
    this.stack = new SandboxStack(state, {
      project: "claude-failover",
      stack: "local",
      configured: {
        cloudflareAccountId: ACCOUNT_ID,
        googleProject: PROJECT_ID,
        anthropicApiKey: this.anthropicApiKey,
        ...ONE_LOCATION,
        ...config,
      },
      cloudflareToken: "",
      cloudUrl: cloud.url,
    });
    this.newDeployToken();
    cloud.context.stack = {
      describe: () => this.#describe(),
      set: (key, value) => this.stack.set(key, value),
      up: async () => {
        await this.up();
        return [];
      },
    };
  }

  static async start({ config = {}, isDeployed = false }: PatientOptions = {}): Promise<Patient> {
    const cloud = await LocalCloud.start({ port: 0, today: new Date().toISOString().slice(0, 10) });
    const worker = createServer();
    await new Promise<void>((resolve) => worker.listen(0, "127.0.0.1", resolve));
    const patient = new Patient(cloud, worker, config);
    worker.on("request", (_request, response) => {
      const script = patient.isShadowed ? undefined : patient.ownScript;
      response.writeHead(script ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify({ status: "ok", version: script?.versionId }));
    });
    if (isDeployed) await patient.up();
    return patient;
  }

  async stop(): Promise<void> {
    this.#worker.closeAllConnections();
    this.#worker.close();
    await this.cloud.close();
  }

  /** `pulumi up`, with `--refresh` if asked. */
  async up({ refresh = false } = {}): Promise<void> {
    if (refresh) this.stack.refresh();
    this.#outputs = (await this.stack.up()).outputs;
  }

  /** A deployer exports a new token. */
  newDeployToken(): string {
    const token = randomText(40);
    this.account.deployTokens.add(token);
    this.stack.options.cloudflareToken = token;
    return token;
  }

  /** A key that Anthropic knows. */
  newAnthropicKey(): string {
    const key = `sk-ant-local-${randomText(32)}`;
    this.cloud.context.state.anthropicApiKeys.add(key);
    return key;
  }

  /** A key that Bedrock knows. */
  newBedrockKey(): string {
    const key = `ABSK${randomText(32)}`;
    this.cloud.context.state.bedrockApiKeys.set(key, { mayInfer: true });
    return key;
  }

  /** The run ended in its middle: the state has the resources, and no outputs. */
  loseOutputs(): void {
    this.#outputs = null;
  }

  /** Undefined if there is none. */
  get ownScript(): Script | undefined {
    return [...this.account.scripts.values()].find(({ name }) => name.startsWith("claude-failover-"));
  }

  get script(): Script {
    if (!this.ownScript) throw new Error("the stack has no Worker");
    return this.ownScript;
  }

  get serviceAccount(): ServiceAccount {
    const [account] = this.project.serviceAccounts.values();
    if (!account) throw new Error("the stack has no service account");
    return account;
  }

  /** Runs `npm run doctor -- --local`. */
  async doctor(...argv: readonly string[]): Promise<{ ran: Ran; lines: readonly Line[] }> {
    const ran = await runOperator(["doctor", "--local", this.cloud.url, "--json", ...argv]);
    return { ran, lines: (ran.report?.checks ?? []) as readonly Line[] }; // what the report documents
  }

  #describe() {
    const { project, stack, cloudflareToken } = this.stack.options;
    const { port } = this.#worker.address() as AddressInfo;
    return {
      project,
      stack,
      cloudflareToken,
      configured: this.stack.configured,
      outputs: this.#outputs && { ...this.#outputs, url: `http://127.0.0.1:${port}` },
      resources: this.stack.resources,
    };
  }
}
