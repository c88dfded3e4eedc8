/**
 * Every host of the local cloud and its handler. The Host header selects the host. Under loopback
 * the first path segment can also name a control plane's host, because a tool such as a provider
 * plugin can be given a base URL but not another Host header.
 */
import { aiGateway } from "../ai-gateway/api.ts";
import { anthropicApi } from "../anthropic/api.ts";
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

const CONTROL_PLANES: ReadonlyMap<string, Handler> = new Map([
  ["api.cloudflare.com", cloudflareApi],
  ["cloudresourcemanager.googleapis.com", googleApi],
  ["iam.googleapis.com", googleApi],
  ["serviceusage.googleapis.com", googleApi],
]);

const HOSTS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ...CONTROL_PLANES,
  ["api.anthropic.com", anthropicApi],
  ["gateway.ai.cloudflare.com", aiGateway],
  ["oauth2.googleapis.com", googleTokenApi],
  ["sts.googleapis.com", securityTokenApi],
  ["iamcredentials.googleapis.com", iamCredentialsApi],
  ["127.0.0.1", loopbackApi],
  ["localhost", loopbackApi],
]);

/** @returns the handler, and the exchange as that handler must see it; undefined for an unknown host */
export function findHandler(exchange: Exchange): { handler: Handler; exchange: Exchange } | undefined {
  const { host } = exchange;
  if (HOSTS.get(host) === loopbackApi) {
    const onItsHost = withHostFromPath(exchange);
    const handler = controlPlane(onItsHost);
    if (handler) return { handler, exchange: onItsHost };
  }
  const handler = controlPlane(exchange) ?? (vertexLocation(host) ? vertexApi : HOSTS.get(host));
  return handler && { handler, exchange };
}

/** Vertex's hosts serve both predictions and one method of the control plane. */
function controlPlane({ host, path }: Exchange): Handler | undefined {
  return vertexLocation(host) && path.endsWith(":enableModel") ? googleApi : CONTROL_PLANES.get(host);
}

/**
 * Turns `http://127.0.0.1:8787/api.cloudflare.com/client/v4/zones` into
 * `https://api.cloudflare.com/client/v4/zones`.
 */
function withHostFromPath(exchange: Exchange): Exchange {
  const [, host = "", requestTarget = "/"] = /^\/([^/?]+)(.*)$/.exec(exchange.requestTarget) ?? [];
  return { ...exchange, host, path: exchange.path.slice(host.length + 1), requestTarget };
}
