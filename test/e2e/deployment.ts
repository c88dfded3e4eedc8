/**
 * One stack of the unchanged program with the real CLI and the real provider plugins. The plugins'
 * endpoint settings point at the local cloud's control plane. Requests to other hosts fail at a
 * closed port.
 */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { LocalCloud } from "../../local/cloud/index.ts";
import { issueAccessToken } from "../../local/google-auth/token-endpoint.ts";
import { ACCOUNT_ID, GOOGLE_PROJECT, PROJECT } from "../../local/sandbox/index.ts";
import { randomText } from "../../local/state/ids.ts";
import {
  addAccount,
  addProject,
  type CloudflareAccount,
  type GoogleProject,
  type Script,
} from "../../local/state/index.ts";
import { placeProject } from "../engine/engine.ts";
import { inventory } from "../engine/inventory.ts";
import { PulumiCli, type Run } from "../engine/pulumi-cli.ts";
import { PLUGIN_FOLDER } from "./installed.ts";

const STACK = "e2e";
const NO_CHANGE: ReadonlySet<string> = new Set(["same", "refresh"]);
/** The name of the stack's gateway, Worker and service account. */
export const NAME = `${PROJECT}-${STACK}`;

export class Deployment {
  readonly cloud: LocalCloud;
  readonly account: CloudflareAccount;
  readonly project: GoogleProject;
  cloudflareToken = randomText(40);
  readonly #cli = new PulumiCli(() => this.#environment());
  readonly #googleToken: string;

  private constructor(cloud: LocalCloud) {
    const { state, user } = cloud.context;
    this.cloud = cloud;
    this.account = addAccount(state, ACCOUNT_ID, "local");
    this.account.deployTokens.add(this.cloudflareToken);
    this.project = addProject(state, GOOGLE_PROJECT, "100000000000");
    this.project.policy.set("roles/owner", new Set([user]));
    this.#googleToken = issueAccessToken(state, user);
    placeProject(this.#cli.folder);
    // The CLI looks for folders inside `plugins` and does not follow links there, so the link is
    // one level higher.
    symlinkSync(PLUGIN_FOLDER, join(this.#cli.folder, "home/plugins"));
  }

  static async start(): Promise<Deployment> {
    const cloud = await LocalCloud.start({ port: 0, today: new Date().toISOString().slice(0, 10) });
    const deployment = new Deployment(cloud);
    const anthropicApiKey = `sk-ant-local-${randomText(32)}`;
    cloud.context.state.anthropicApiKeys.add(anthropicApiKey);
    await deployment.#mustRun("stack", "init", STACK);
    await deployment.#mustRun("config", "set-all", "--secret", `anthropicApiKey=${anthropicApiKey}`);
    return deployment;
  }

  async stop(): Promise<void> {
    await this.cloud.close();
    this.#cli.remove();
  }

  get script(): Script {
    const script = this.account.scripts.get(NAME);
    if (!script) throw new Error("there is no Worker");
    return script;
  }

  up(...options: string[]): Promise<Run> {
    return this.run("up", "--yes", "--skip-preview", ...options);
  }

  /**
   * The steps that a preview plans, as `operation type name`, sorted, without unchanged resources.
   */
  async plannedSteps(...options: string[]): Promise<string[]> {
    const { stdout } = await this.#mustRun("preview", "--json", ...options);
    const { steps }: { steps: readonly { op: string; urn: string }[] } = JSON.parse(stdout);
    return (
      steps
        // The engine calls a component's recorded arguments an update.
        .flatMap(({ op, urn }) =>
          NO_CHANGE.has(op) || /:index:\w+::[^:]+$/.test(urn) ? [] : [`${op} ${typeAndName(urn)}`],
        )
        .sort()
    );
  }

  /** Everything in the clouds, except for what Google keeps. */
  inventory(): string[] {
    return inventory(this.account, this.project);
  }

  /** The tokens by client. */
  async clientTokens(): Promise<Record<string, string>> {
    const { stdout } = await this.#mustRun("stack", "output", "clientTokens", "--json", "--show-secrets");
    return JSON.parse(stdout);
  }

  run(...args: string[]): Promise<Run> {
    return this.#cli.run(args);
  }

  async #mustRun(...args: string[]): Promise<Run> {
    const run = await this.run(...args);
    if (run.exitCode !== 0) throw new Error(`pulumi ${args.slice(0, 2).join(" ")} failed:\n${run.output}`);
    return run;
  }

  #environment(): Record<string, string> {
    const at = (host: string) => `${this.cloud.url}/${host}`;
    return {
      HTTPS_PROXY: "http://127.0.0.1:1",
      CLOUDFLARE_API_TOKEN: this.cloudflareToken,
      CLOUDFLARE_BASE_URL: at("api.cloudflare.com/client/v4"),
      GOOGLE_OAUTH_ACCESS_TOKEN: this.#googleToken,
      GOOGLE_IAM_BETA_CUSTOM_ENDPOINT: at("iam.googleapis.com/v1/"),
      GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT: at("cloudresourcemanager.googleapis.com/v1/"),
      GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT: at("serviceusage.googleapis.com/v1/"),
      GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT: at("us-east5-aiplatform.googleapis.com/v1beta1/"),
    };
  }
}

/** @returns the short type and the name from a URN */
function typeAndName(urn: string): string {
  const [, , type, name] = urn.split("::");
  return `${type?.split("$").at(-1)?.split(":").at(-1)} ${name}`;
}
