/**
 * The stack of a sandbox: its configuration, and what the runs of the program have made of it. It
 * does with Pulumi's mocks what `pulumi config`, `pulumi up` and `pulumi destroy` do with the engine.
 */
import type { CloudState } from "../state/index.ts";
import { type Change, type DeployedResource, Deployment } from "./deployment.ts";
import { type ProgramRun, type RunResult, runProgram } from "./pulumi-mocks.ts";

/** Settings that the program wants stored as secrets. */
const SECRETS = [
  "anthropicApiKey",
  "anthropicApiKeyPrevious",
  "gatewayToken",
  "gatewayTokenPrevious",
  "otelAuthorization",
  "bedrockApiKey",
  "bedrockApiKeyPrevious",
];

export interface SandboxStackOptions {
  project: string;
  stack: string;
  /** Settings by bare key. */
  configured: Readonly<Record<string, unknown>>;
  /** The deployer's token. */
  cloudflareToken: string;
  /** URL of the local cloud. */
  cloudUrl: string;
  intercept?: NonNullable<ProgramRun["intercept"]>;
}

export class SandboxStack {
  readonly options: SandboxStackOptions;
  readonly #state: CloudState;
  readonly #deployment: Deployment;
  #configured: Readonly<Record<string, unknown>>;

  constructor(state: CloudState, options: SandboxStackOptions) {
    this.options = options;
    this.#state = state;
    this.#deployment = new Deployment(state);
    this.#configured = options.configured;
  }

  /** Settings by bare key. */
  get configured(): Readonly<Record<string, unknown>> {
    return this.#configured;
  }

  get resources(): readonly DeployedResource[] {
    return this.#deployment.resources;
  }

  /** @param value undefined removes the setting */
  set(key: string, value: unknown): void {
    const { [key]: _before, ...others } = this.#configured;
    this.#configured = value === undefined ? others : { ...others, [key]: value };
  }

  /** `pulumi refresh`: the state becomes what the clouds have. */
  refresh(): void {
    this.#deployment.refresh();
  }

  /** @throws as `runProgram` does; what was made until then is kept, as in a state */
  up(): Promise<RunResult> {
    const { project, stack, cloudflareToken, cloudUrl, intercept } = this.options;
    return runProgram(this.#state, {
      project,
      stack,
      deployment: this.#deployment,
      config: {
        ...Object.fromEntries(Object.entries(this.#configured).map(([key, value]) => [`${project}:${key}`, value])),
        "cloudflare:apiToken": cloudflareToken,
        "cloudflare:baseUrl": `${cloudUrl}/api.cloudflare.com/client/v4`,
      },
      secretKeys: [...SECRETS.map((key) => `${project}:${key}`), "cloudflare:apiToken"],
      ...(intercept ? { intercept } : {}),
    });
  }

  /** Deletes everything. */
  destroy(): readonly Change[] {
    return this.#deployment.finish();
  }
}
