/**
 * The complete product as one component: a gateway, access to Claude on Vertex, and the Worker that
 * uses both.
 */
import type { AiGateway as CloudflareAiGateway } from "@pulumi/cloudflare/aiGateway.js";
import type { WorkersScript } from "@pulumi/cloudflare/workersScript.js";
import type { Account } from "@pulumi/gcp/serviceaccount/account.js";
import * as pulumi from "@pulumi/pulumi";
import { AiGateway } from "./gateway/ai-gateway.ts";
import type { ResourceNames } from "./names.ts";
import type { OptionsInput, Settings } from "./settings/index.ts";
import { faultLines, parseSettings } from "./settings/parse.ts";
import { withErrorHints } from "./shared/error-hints.ts";
import type { SecretPair } from "./shared/rotation.ts";
import { VertexAccess } from "./vertex/vertex-access.ts";
import { toWorkerOptions } from "./worker/bindings.ts";
import { Clients } from "./worker/clients.ts";
import { FailoverWorker } from "./worker/failover-worker.ts";

/**
 * The settings of docs/configuration.md with the same defaults, and the names of the stack's
 * resources.
 */
export interface ClaudeFailoverArgs extends OptionsInput {
  /** Name of the environment. The Worker writes it into the metadata of the gateway's log. */
  environment: string;
  /** Names of the resources in the clouds, as `resourceNames` makes them. */
  names: ResourceNames;
  /** Id of the Cloudflare account: 32 hexadecimal digits. */
  cloudflareAccountId: pulumi.Input<string>;
  /**
   * Id of an existing project with billing, in which Model Garden has the Claude models enabled.
   */
  googleProject: pulumi.Input<string>;
  /** The key for Anthropic's API. */
  anthropicApiKey: pulumi.Input<string>;
  /** The previous key, while the key is changed. */
  anthropicApiKeyPrevious?: pulumi.Input<string> | undefined;
  /**
   * A Cloudflare token that may run AI Gateway. If absent, the component mints a token, for which
   * the deployer needs the permission Account API Tokens Write.
   */
  gatewayToken?: pulumi.Input<string> | undefined;
  /** The previous token, while a given token is changed. */
  gatewayTokenPrevious?: pulumi.Input<string> | undefined;
  /** The API key of Amazon Bedrock, for `bedrock`. */
  bedrockApiKey?: pulumi.Input<string> | undefined;
  /** The previous key, while the key is changed. */
  bedrockApiKeyPrevious?: pulumi.Input<string> | undefined;
  /** The `authorization` header of the OpenTelemetry export. */
  otelAuthorization?: pulumi.Input<string> | undefined;
}

export class ClaudeFailover extends pulumi.ComponentResource {
  /**
   * The base URL for Anthropic clients. It is undefined if the account's name under workers.dev is
   * unknown (see `workersSubdomain`).
   */
  readonly url: pulumi.Output<string | undefined>;
  /** The gateway's URL: `https://gateway.ai.cloudflare.com/v1/{account}/{gateway}` */
  readonly gatewayUrl: pulumi.Output<string>;
  /** Secret: the clients' tokens. The keys are the names of the clients. */
  readonly clientTokens: pulumi.Output<Record<string, string>>;
  /** Secret: the token with which the Worker runs the gateway. */
  readonly gatewayToken: pulumi.Output<string>;
  /** Resources of this component, for programs that need more than the outputs. */
  readonly nodes: {
    readonly gateway: CloudflareAiGateway;
    readonly script: WorkersScript;
    /** Undefined with `workloadIdentity`, unless `googleImpersonation` is on. */
    readonly serviceAccount: Account | undefined;
  };

  /**
   * Needs explicit providers for cloudflare, gcp, random and tls, because default providers are
   * disabled.
   * @throws {pulumi.RunError} if docs/configuration.md does not allow an argument. The message has
   * one line for each fault.
   */
  constructor(name: string, args: ClaudeFailoverArgs, opts?: pulumi.ComponentResourceOptions) {
    const { environment, names, ...given } = args;
    const settings = checked(name, given);
    const { rotation, adopt, protect } = settings;
    super("claude-failover:index:ClaudeFailover", name, recorded(args), withErrorHints(name, { protect, ...opts }));
    const { cloudflareAccountId, googleProject } = args;
    const parent = { parent: this };

    const gateway = new AiGateway(
      `${name}-gateway`,
      {
        ...pick(settings, ["rateLimit", "spendLimits", "logs", "logpush", "otel", "zeroDataRetention"]),
        cloudflareAccountId,
        name: names.gateway,
        tokenName: `${names.gateway}: run AI Gateway`,
        givenTokens: givenSecret(args.gatewayToken, args.gatewayTokenPrevious),
        otelAuthorization: args.otelAuthorization,
        rotation: rotation.gatewayToken,
        adopt: adopt.includes("gateway"),
      },
      parent,
    );
    const vertex = new VertexAccess(
      `${name}-vertex`,
      {
        ...pick(settings, ["googleAuth", "googleImpersonation", "googleRole", "modelGarden", "adopt"]),
        project: googleProject,
        names,
        // Nobody else can own this URL, because the account is part of it.
        issuer: gateway.url,
        rotation: rotation.google,
      },
      parent,
    );
    const clients = new Clients(`${name}-clients`, pick(settings, ["clients"]), parent);
    const worker = new FailoverWorker(
      `${name}-worker`,
      {
        ...pick(settings, ["workersSubdomain", "workersDev", "domain", "access"]),
        cloudflareAccountId,
        name: names.worker,
        adopt: adopt.includes("worker"),
        bindings: {
          plain: {
            ENVIRONMENT: environment,
            GATEWAY_URL: gateway.url,
            GOOGLE_PROJECT: googleProject,
            VERTEX_LOCATIONS: JSON.stringify(settings.vertexLocations),
            ...clients.bindings,
            OPTIONS: JSON.stringify(toWorkerOptions(settings)),
          },
          secret: {
            ANTHROPIC_API_KEY: secretPair(args.anthropicApiKey, args.anthropicApiKeyPrevious),
            GATEWAY_TOKEN: gateway.tokens,
            GOOGLE_CREDENTIAL: vertex.credentials,
            ...(settings.bedrock && args.bedrockApiKey !== undefined
              ? { BEDROCK_API_KEY: secretPair(args.bedrockApiKey, args.bedrockApiKeyPrevious) }
              : {}),
          },
          countsFailures: settings.breaker.neighbours ? settings.breaker : undefined,
          ratesPerMinute: settings.clients.flatMap(({ requestsPerMinute }) => requestsPerMinute ?? []),
        },
      },
      parent,
    );

    this.url = worker.url;
    this.gatewayUrl = gateway.url;
    this.clientTokens = clients.tokens;
    this.gatewayToken = gateway.tokens.current;
    this.nodes = { ...gateway.nodes, ...vertex.nodes, ...worker.nodes };
    this.registerOutputs({ url: this.url, gatewayUrl: this.gatewayUrl });
  }
}

type Given = Omit<ClaudeFailoverArgs, "environment" | "names">;

/**
 * Checks the arguments by the same rules as a configuration. An output of another resource has no
 * value yet, so it passes.
 */
function checked(name: string, given: Given): Settings {
  const later = Object.entries(given).flatMap(([key, value]) => (isLater(value) ? [key] : []));
  const parsed = parseSettings({ ...given }, new Set(later));
  if (parsed.kind === "settings") return parsed.settings;
  throw new pulumi.RunError(`The arguments of ClaudeFailover "${name}" cannot be used:\n${faultLines(parsed.faults)}`);
}

/**
 * Selects the settings that one component uses. The state records them as the component's inputs.
 */
function pick<Key extends keyof Settings>(settings: Settings, keys: readonly Key[]): Pick<Settings, Key> {
  return Object.fromEntries(keys.map((key) => [key, settings[key]])) as Pick<Settings, Key>;
}

function isLater(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/**
 * The arguments that the state records. Secrets are left out, and so is `adopt`, because it applies
 * to a single run.
 */
function recorded(args: ClaudeFailoverArgs): pulumi.Inputs {
  const { anthropicApiKey, anthropicApiKeyPrevious, gatewayToken, gatewayTokenPrevious, otelAuthorization, ...rest } =
    args;
  const { bedrockApiKey, bedrockApiKeyPrevious, adopt, ...inputs } = rest;
  return inputs;
}

type Optional = pulumi.Input<string> | undefined;

function secretPair(current: pulumi.Input<string>, previous: Optional): SecretPair {
  return { current: pulumi.secret(current), previous: previous === undefined ? undefined : pulumi.secret(previous) };
}

function givenSecret(current: Optional, previous: Optional): SecretPair | undefined {
  return current === undefined ? undefined : secretPair(current, previous);
}
