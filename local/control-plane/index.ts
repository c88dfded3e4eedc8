/**
 * The clouds' own REST APIs over the state of the local cloud, so that provider plugins and an operator's tools run against it
 * unchanged. Found by host name, or on loopback by a first path segment that is such a name: a tool can be given a base URL,
 * never another Host header.
 */
import type { CloudContext } from "../http/context.ts";
import type { Exchange } from "../http/exchange.ts";
import { vertexLocation } from "../vertex/api.ts";
import { cloudflareApi } from "./cloudflare/api.ts";
import { googleApi } from "./google/api.ts";

type Api = (exchange: Exchange, context: CloudContext) => Promise<void>;

const HOSTS: Readonly<Record<string, Api>> = {
  "api.cloudflare.com": cloudflareApi,
  "cloudresourcemanager.googleapis.com": googleApi,
  "iam.googleapis.com": googleApi,
  "serviceusage.googleapis.com": googleApi,
};

/** @returns the API that the exchange is for; undefined where it is for none of them. */
export function controlPlane({ host, path }: Exchange): Api | undefined {
  // Vertex's hosts answer predictions too.
  if (vertexLocation(host) !== undefined) return path.endsWith(":enableModel") ? googleApi : undefined;
  return HOSTS[host];
}

/** `http://127.0.0.1:8787/api.cloudflare.com/client/v4/zones` as `https://api.cloudflare.com/client/v4/zones`. */
export function underItsHostName(exchange: Exchange): Exchange {
  const [, host = "", requestTarget = "/"] = /^\/([^/?]+)(.*)$/.exec(exchange.requestTarget) ?? [];
  return { ...exchange, host, path: exchange.path.slice(host.length + 1), requestTarget };
}
