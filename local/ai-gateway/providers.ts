/**
 * The gateway's calls to providers. They use a real loopback connection, so that resets, hangs and
 * cut streams reach the gateway like real ones. When the caller disconnects, the call to the
 * provider ends at once.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { CloudContext } from "../http/context.ts";
import { breakOff, type Exchange } from "../http/exchange.ts";
import { vertexHost } from "../vertex/hosts.ts";

export interface Provider {
  host: (path: string) => string;
  /** The header with the provider's credential. */
  credential: string;
  /** The target of the faults that apply to a call. */
  faultTarget: (path: string) => readonly ["anthropic"] | readonly ["vertex" | "bedrock", string];
  /** Default: the path is the same at the provider's host. */
  pathAtHost?: (path: string) => string;
  /** Default: the headers are the same at the provider's host. */
  headersAtHost?: (headers: Headers) => Headers;
}

type Headers = Readonly<Record<string, string | undefined>>;

/** By slug. */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map<string, Provider>([
  [
    "anthropic",
    { host: () => "api.anthropic.com", credential: "x-api-key", faultTarget: () => ["anthropic"] as const },
  ],
  [
    "google-vertex-ai",
    {
      // The path has no host, so its location decides the host.
      host: (path: string) => vertexHost(vertexLocationOf(path)),
      credential: "authorization",
      faultTarget: (path: string) => ["vertex", vertexLocationOf(path)] as const,
    },
  ],
  [
    "aws-bedrock",
    {
      // The path begins with the service and the region, which decide the host.
      host: (path: string) => `${bedrockPath(path).service}.${bedrockPath(path).region}.api.aws`,
      credential: "authorization",
      faultTarget: (path: string) => ["bedrock", bedrockPath(path).region] as const,
      pathAtHost: (path: string) => bedrockPath(path).rest,
      // "AI Gateway maps the bearer token to the `x-api-key` header that Bedrock Mantle expects."
      headersAtHost: ({ authorization, ...headers }: Headers) => ({
        ...headers,
        ...(authorization ? { "x-api-key": authorization.replace(/^Bearer /, "") } : {}),
      }),
    },
  ],
]);

/** The port of tcpmux. Nothing listens there. */
const CLOSED_PORT = 1;
/** Hop-by-hop headers, and headers that the gateway sets itself. */
const NOT_FORWARDED = new Set(["host", "connection", "keep-alive", "transfer-encoding", "content-length", "expect"]);

export interface ProviderCall {
  provider: Provider;
  method: string;
  /** Without a leading slash, with the query string. */
  path: string;
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  /** Until the first byte of the answer. NaN means no limit. */
  timeoutMs: number;
}

/**
 * @returns undefined when there is no response: refused, reset, timed out, or the caller has left
 */
export function callProvider(
  exchange: Exchange,
  { port, faults }: CloudContext,
  { provider, method, path, headers, body, timeoutMs }: ProviderCall,
): Promise<IncomingMessage | undefined> {
  const [kind, location] = provider.faultTarget(path);
  const isRefused = faults.peek(location ? `${kind}/${location}` : kind)?.mode === "refused";
  if (isRefused) faults.take(kind, location);
  const sent = provider.headersAtHost?.(headers) ?? headers;
  const kept = Object.entries(sent).filter(([name]) => !name.startsWith("cf-aig-") && !NOT_FORWARDED.has(name));
  return new Promise((resolve) => {
    const request = httpRequest({
      host: "127.0.0.1",
      port: isRefused ? CLOSED_PORT : port,
      // A kept-alive connection that the other side closes in between would look like a fault.
      agent: false,
      method,
      path: `/${provider.pathAtHost?.(path) ?? path}`,
      headers: {
        ...Object.fromEntries(kept),
        host: provider.host(path),
        ...(body.length > 0 || method === "POST" ? { "content-length": body.length } : {}),
      },
    });
    const timer = timeoutMs > 0 ? setTimeout(() => request.destroy(), timeoutMs) : undefined;
    const onCallerDisconnect = () => request.destroy();
    exchange.response.once("close", onCallerDisconnect);
    request.once("response", (response) => {
      clearTimeout(timer);
      // It may fail before anybody reads it.
      response.on("error", () => undefined);
      resolve(response);
    });
    request.once("error", () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    request.once("close", () => exchange.response.off("close", onCallerDisconnect));
    request.end(body);
  });
}

/**
 * Sends a provider's answer to the caller. The real gateway sends event streams with CRLF. If the
 * provider's connection breaks, the caller's connection breaks too.
 */
export function relay(exchange: Exchange, upstream: IncomingMessage, added: Record<string, string>): void {
  const { response } = exchange;
  const { connection: _, "keep-alive": __, "transfer-encoding": ___, ...kept } = upstream.headers;
  const isStream = /^text\/event-stream\b/i.test(upstream.headers["content-type"] ?? "");
  if (isStream) delete kept["content-length"]; // CRLF makes it longer
  response.writeHead(upstream.statusCode ?? 502, { ...kept, ...added });
  response.flushHeaders();
  const toCrlf = crlfWriter();
  upstream.on("data", (chunk: Buffer) => {
    response.write(isStream ? toCrlf(chunk.toString("latin1")) : chunk, "latin1");
  });
  upstream.on("end", () => response.end());
  upstream.on("error", () => breakOff(exchange));
}

/**
 * Converts LF to CRLF. A CRLF stays, even if it is split between two pieces. A CR at the end of a
 * piece stays too.
 * @returns a function that takes the pieces of one text in order
 */
export function crlfWriter(): (piece: string) => string {
  let endsWithCr = false;
  return (piece) => {
    const isSecondHalf = endsWithCr && piece.startsWith("\n");
    endsWithCr = piece === "" ? endsWithCr : piece.endsWith("\r");
    const rest = isSecondHalf ? piece.slice(1) : piece;
    return (isSecondHalf ? "\n" : "") + rest.replace(/(?<!\r)\n/g, "\r\n");
  };
}

function bedrockPath(path: string) {
  const [, service = "bedrock-runtime", region = "us-east-1", rest = ""] = /^([^/]+)\/([^/]+)\/(.*)$/.exec(path) ?? [];
  return { service, region, rest };
}

function vertexLocationOf(path: string): string {
  return /\/locations\/([^/]+)\//.exec(path)?.[1] ?? "global";
}
