/** The whole product as one component: a gateway, access to Claude on Vertex, and the Worker that is given both. */
import * as pulumi from "@pulumi/pulumi";
import { AiGateway } from "./ai-gateway.ts";
import { sentOptions } from "./bindings.ts";
import { Clients } from "./clients.ts";
import { withCures } from "./cures.ts";
import { FailoverWorker } from "./failover-worker.ts";
import type { ResourceNames } from "./names.ts";
import type { SecretSlots } from "./rotation.ts";
import { OPTIONS, type OptionsInput } from "./settings/index.ts";
import { VertexAccess } from "./vertex-access.ts";

/** Everything that docs/configuration.md lists, with its defaults, and what a stack is called. */
export interface ClaudeFailoverArgs extends OptionsInput {
  /** Written into the gateway's log metadata, so that environments can be told apart. */
  environment: string;
  /** Physical names of what is created; see `resourceNames`. */
  names: ResourceNames;
  /** 32 hexadecimal digits. */
  cloudflareAccountId: string;
  /** Id of an existing project with billing, where the Claude models are enabled in Model Garden. */
  googleProject: string;
  /** The key that Anthropic is called with. */
  anthropicApiKey: pulumi.Input<string>;
  /** While the key is changed: the one before it. */
  anthropicApiKeyPrevious?: pulumi.Input<string> | undefined;
  /** A Cloudflare token that may run AI Gateway. Absent: one is minted, which needs Account API Tokens Write. */
  gatewayToken?: pulumi.Input<string> | undefined;
  /** While a given token is changed: the one before it. */
  gatewayTokenPrevious?: pulumi.Input<string> | undefined;
  /** The `authorization` header of the OpenTelemetry export. */
  otelAuthorization?: pulumi.Input<string> | undefined;
}

export class ClaudeFailover extends pulumi.ComponentResource {
  /** The base URL for Anthropic clients; undefined where the account has no workers.dev name and no domain is given. */
  readonly url: pulumi.Output<string | undefined>;
  /** `https://gateway.ai.cloudflare.com/v1/{account}/{gateway}` */
  readonly gatewayUrl: pulumi.Output<string>;
  /** Secret: token by client name. */
  readonly clientTokens: pulumi.Output<Record<string, string>>;
  /** Secret: what the Worker shows the gateway. */
  readonly gatewayToken: pulumi.Output<string>;

  /**
   * Needs explicit providers for cloudflare, gcp, random and tls: defaults are disabled.
   * @throws {z.ZodError} where an option is none that docs/configuration.md allows
   */
  constructor(name: string, args: ClaudeFailoverArgs, opts?: pulumi.ComponentResourceOptions) {
    const options = OPTIONS.strip().parse(args);
    super("claude-failover:index:ClaudeFailover", name, {}, withCures(name, { protect: options.protect, ...opts }));
    const { cloudflareAccountId, googleProject, names } = args;
    const { rotation, adopt } = options;
    const parent = { parent: this };

    const gateway = new AiGateway(
      `${name}-gateway`,
      {
        ...options,
        cloudflareAccountId,
        name: names.gateway,
        tokenName: `${names.gateway}: run AI Gateway`,
        givenTokens: given(args.gatewayToken, args.gatewayTokenPrevious),
        otelAuthorization: args.otelAuthorization,
        rotation: rotation.gatewayToken,
        adopt: adopt.includes("gateway"),
      },
      parent,
    );
    const vertex = new VertexAccess(
      `${name}-vertex`,
      // A name that nobody else can own: the account is part of it.
      { ...options, project: googleProject, names, issuer: gateway.url, rotation: rotation.google },
      parent,
    );
    const clients = new Clients(`${name}-clients`, options, parent);
    const worker = new FailoverWorker(
      `${name}-worker`,
      {
        ...options,
        cloudflareAccountId,
        name: names.worker,
        adopt: adopt.includes("worker"),
        bindings: {
          plain: {
            ENVIRONMENT: args.environment,
            GATEWAY_URL: gateway.url,
            GOOGLE_PROJECT: googleProject,
            VERTEX_LOCATIONS: JSON.stringify(options.vertexLocations),
            CLIENTS: clients.binding,
            OPTIONS: JSON.stringify(sentOptions(options)),
          },
          secret: {
            ANTHROPIC_API_KEY: slots(args.anthropicApiKey, args.anthropicApiKeyPrevious),
            GATEWAY_TOKEN: gateway.tokens,
            GOOGLE_CREDENTIAL: vertex.credentials,
          },
          ratesPerMinute: options.clients.flatMap(({ requestsPerMinute }) => requestsPerMinute ?? []),
        },
      },
      parent,
    );

    this.url = worker.url;
    this.gatewayUrl = gateway.url;
    this.clientTokens = clients.tokens;
    this.gatewayToken = gateway.tokens.newest;
    this.registerOutputs({ url: this.url, gatewayUrl: this.gatewayUrl });
  }
}

type Given = pulumi.Input<string> | undefined;

function slots(newest: pulumi.Input<string>, previous: Given): SecretSlots {
  return { newest: pulumi.secret(newest), previous: previous === undefined ? undefined : pulumi.secret(previous) };
}

function given(newest: Given, previous: Given): SecretSlots | undefined {
  return newest === undefined ? undefined : slots(newest, previous);
}
