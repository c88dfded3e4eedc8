/** The whole product as one component: a gateway, access to Claude on Vertex, and the Worker that is given both. */
import * as pulumi from "@pulumi/pulumi";
import type { BreakerLimits, Options, Routing, Timeouts } from "../worker/bindings.ts";
import { AiGateway } from "./ai-gateway.ts";
import { type ClientArgs, Clients } from "./clients.ts";
import { FailoverWorker } from "./failover-worker.ts";
import type { ResourceNames } from "./names.ts";
import { VertexAccess } from "./vertex-access.ts";

export interface ClaudeFailoverArgs {
  /** Written into the gateway's log metadata, so that environments can be told apart. */
  environment: string;
  /** Physical names of what is created; see `resourceNames`. */
  names: ResourceNames;
  /** 32 hexadecimal digits. */
  cloudflareAccountId: string;
  /** Id of an existing project with billing, where the Claude models are enabled in Model Garden. */
  googleProject: string;
  anthropicApiKey: pulumi.Input<string>;
  /** A Cloudflare token that may run AI Gateway. Absent: one is minted, which needs Account API Tokens Write. */
  gatewayToken?: pulumi.Input<string> | undefined;
  /** Vertex locations in the order of preference. */
  vertexLocations: readonly string[];
  /** Those who may call; each gets a token of its own. */
  clients: readonly ClientArgs[];
  /** The account's name under workers.dev. Absent: it is looked up at each run. */
  workersSubdomain?: string | undefined;
  /** How requests reach the providers. */
  routing: Routing;
  /** A target that is tried first, such as `vertex/us-east5`: an operator's switch. */
  force?: string | undefined;
  /** Whether the gateway's log keeps prompts and answers. They are the users': off unless a team decides otherwise. */
  logPayloads: boolean;
  timeouts: Timeouts;
  breaker: BreakerLimits;
  /** Origins that browsers may call from. */
  corsOrigins: readonly string[];
  /** Additions and corrections to the Worker's table of models. */
  models: Options["models"];
}

export class ClaudeFailover extends pulumi.ComponentResource {
  /** The base URL for Anthropic clients; undefined where the account has no workers.dev name. */
  readonly url: pulumi.Output<string | undefined>;
  /** `https://gateway.ai.cloudflare.com/v1/{account}/{gateway}` */
  readonly gatewayUrl: pulumi.Output<string>;
  /** Secret: token by client name. */
  readonly clientTokens: pulumi.Output<Record<string, string>>;
  /** Secret: what the Worker shows the gateway. */
  readonly gatewayToken: pulumi.Output<string>;

  /** Needs explicit providers for cloudflare, gcp and random: defaults are disabled. */
  constructor(name: string, args: ClaudeFailoverArgs, opts?: pulumi.ComponentResourceOptions) {
    super("claude-failover:index:ClaudeFailover", name, {}, opts);
    const parent = { parent: this };

    const gateway = new AiGateway(
      `${name}-gateway`,
      { ...args, name: args.names.gateway, tokenName: args.names.gatewayToken },
      parent,
    );
    const vertex = new VertexAccess(
      `${name}-vertex`,
      { project: args.googleProject, accountId: args.names.serviceAccount },
      parent,
    );
    const clients = new Clients(`${name}-clients`, { clients: args.clients }, parent);
    const worker = new FailoverWorker(
      `${name}-worker`,
      {
        cloudflareAccountId: args.cloudflareAccountId,
        workersSubdomain: args.workersSubdomain,
        name: args.names.worker,
        bindings: {
          plain: {
            ENVIRONMENT: args.environment,
            GATEWAY_URL: gateway.url,
            GOOGLE_PROJECT: args.googleProject,
            VERTEX_LOCATIONS: JSON.stringify(args.vertexLocations),
            CLIENTS: clients.digests,
            OPTIONS: JSON.stringify(toOptions(args)),
          },
          secret: {
            ANTHROPIC_API_KEY: pulumi.secret(args.anthropicApiKey),
            GATEWAY_TOKEN: gateway.token,
            GOOGLE_CREDENTIAL: vertex.credential,
          },
        },
      },
      parent,
    );

    this.url = worker.url;
    this.gatewayUrl = gateway.url;
    this.clientTokens = clients.tokens;
    this.gatewayToken = gateway.token;
    this.registerOutputs({ url: this.url, gatewayUrl: this.gatewayUrl });
  }
}

function toOptions({
  routing,
  force,
  logPayloads,
  timeouts,
  breaker,
  corsOrigins,
  models,
}: ClaudeFailoverArgs): Options {
  return { routing, force: force ?? null, logPayloads, timeouts, breaker, corsOrigins, models };
}
