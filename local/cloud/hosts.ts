/**
 * Every host of the local cloud and its handler. The Host header selects the host. Under loopback
 * the first path segment can also name the host, because a tool such as a provider plugin or an
 * operator's script can be given a base URL but not another Host header.
 */
import { aiGateway } from "../ai-gateway/api.ts";
import { anthropicApi } from "../anthropic/api.ts";
import { bedrockApi } from "../bedrock/api.ts";
import { bedrockRegion } from "../bedrock/hosts.ts";
import { cloudflareApi } from "../control-plane/cloudflare/api.ts";
import { googleApi } from "../control-plane/google/api.ts";
import { iamCredentialsApi } from "../google-auth/iam-credentials.ts";
import { securityTokenApi } from "../google-auth/sts.ts";
import { googleTokenApi } from "../google-auth/token-endpoint.ts";
import type { CloudContext } from "../http/context.ts";
import type { Exchange } from "../http/exchange.ts";
import { vertexApi } from "../vertex/api.ts";
import { vertexLocation } from "../vertex/hosts.ts";
import { loopbackApi } from "./loopback-api.ts";

type Handler = (exchange: Exchange, context: CloudContext) => void | Promise<void>;

const HOSTS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["api.cloudflare.com", cloudflareApi],
  ["cloudbilling.googleapis.com", googleApi],
  ["cloudresourcemanager.googleapis.com", googleApi],
  ["iam.googleapis.com", googleApi],
  ["serviceusage.googleapis.com", googleApi],
  ["api.anthropic.com", anthropicApi],
  ["gateway.ai.cloudflare.com", aiGateway],
  ["oauth2.googleapis.com", googleTokenApi],
  ["sts.googleapis.com", securityTokenApi],
  ["iamcredentials.googleapis.com", iamCredentialsApi],
]);
const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost"]);

/** @returns the handler, and the exchange as that handler must see it; undefined for an unknown host */
export function findHandler(sent: Exchange): { handler: Handler; exchange: Exchange } | undefined {
  const exchange = onItsHost(sent);
  const handler = handlerOf(exchange) ?? (LOOPBACK.has(exchange.host) ? loopbackApi : undefined);
  return handler && { handler, exchange };
}

/**
 * Turns `http://127.0.0.1:8787/api.cloudflare.com/client/v4/zones` into
 * `https://api.cloudflare.com/client/v4/zones`. Any other exchange stays as it is.
 */
export function onItsHost(exchange: Exchange): Exchange {
  if (!LOOPBACK.has(exchange.host)) return exchange;
  const [, host = "", rest = ""] = /^\/([^/?]+)(.*)$/.exec(exchange.requestTarget) ?? [];
  const path = exchange.path.slice(host.length + 1) || "/";
  const onHost = { ...exchange, host, path, requestTarget: rest.startsWith("/") ? rest : `/${rest}` };
  return handlerOf(onHost) ? onHost : exchange;
}

/** Vertex's hosts serve both predictions and one method of the control plane. */
function handlerOf({ host, path }: Exchange): Handler | undefined {
  if (vertexLocation(host)) return path.endsWith(":enableModel") ? googleApi : vertexApi;
  if (bedrockRegion(host)) return bedrockApi;
  return HOSTS.get(host);
}
