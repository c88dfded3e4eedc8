/**
 * The gateway's other side: it calls a provider over a real loopback connection, so that resets,
 * hangs and cut streams reach it as they would, and passes the answer on. A caller that leaves ends
 * the call to the provider at once.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { CloudContext } from "../http/context.ts";
import { breakOff, type Exchange } from "../http/exchange.ts";

export interface Provider {
  host: (path: string) => string;
  /** The header that carries the provider's credential. */
  credential: string;
  /** Whose faults it meets. */
  faultTarget: (path: string) => readonly ["anthropic"] | readonly ["vertex", string];
}

/** By slug. */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map([
  [
    "anthropic",
    { host: () => "api.anthropic.com", credential: "x-api-key", faultTarget: () => ["anthropic"] as const },
  ],
  [
    "google-vertex-ai",
    {
      host: vertexHost,
      credential: "authorization",
      faultTarget: (path: string) => ["vertex", vertexLocationOf(path)] as const,
    },
  ],
]);

/** tcpmux: nothing listens there. */
const CLOSED_PORT = 1;
/** Hop by hop, or of the gateway's own hop. */
const NOT_FORWARDED = new Set(["host", "connection", "keep-alive", "transfer-encoding", "content-length", "expect"]);

export interface ProviderCall {
  provider: Provider;
  method: string;
  /** Without the slash in front; with the query string. */
  path: string;
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  /** To the first byte of the answer; NaN: as long as it takes. */
  timeoutMs: number;
}

/**
 * @returns undefined where there is no response: refused, reset, timed out, or the caller has left.
 */
export function callProvider(
  exchange: Exchange,
  { port, faults }: CloudContext,
  { provider, method, path, headers, body, timeoutMs }: ProviderCall,
): Promise<IncomingMessage | undefined> {
  const [kind, location] = provider.faultTarget(path);
  const isRefused = faults.of(location ? `${kind}/${location}` : kind)?.mode === "refused";
  if (isRefused) faults.take(kind, location);
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith("cf-aig-") && !NOT_FORWARDED.has(name));
  return new Promise((resolve) => {
    const request = httpRequest({
      host: "127.0.0.1",
      port: isRefused ? CLOSED_PORT : port,
      // A kept connection that the other side closes meanwhile would look like a fault.
      agent: false,
      method,
      path: `/${path}`,
      headers: {
        ...Object.fromEntries(kept),
        host: provider.host(path),
        ...(body.length > 0 || method === "POST" ? { "content-length": body.length } : {}),
      },
    });
    const timer = timeoutMs > 0 ? setTimeout(() => request.destroy(), timeoutMs) : undefined;
    const callerLeft = () => request.destroy();
    exchange.response.once("close", callerLeft);
    request.once("response", (response) => {
      clearTimeout(timer);
      // It may break before, or without, anybody reading it.
      response.on("error", () => undefined);
      resolve(response);
    });
    request.once("error", () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    request.once("close", () => exchange.response.off("close", callerLeft));
    request.end(body);
  });
}

/** Event streams come through the real gateway with CRLF. A cut upstream cuts the caller. */
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
 * Turns LF into CRLF. A CRLF stays as it is, also where its halves come in two pieces; so does a CR
 * at the end of what came.
 * @returns a function that takes the pieces of one text, in order
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

function vertexLocationOf(path: string): string {
  return /\/locations\/([^/]+)\//.exec(path)?.[1] ?? "global";
}

/** The location of the path decides the host, as the path that was cut off the host had. */
function vertexHost(path: string): string {
  const location = vertexLocationOf(path);
  if (location === "global") return "aiplatform.googleapis.com";
  return location === "us" || location === "eu"
    ? `aiplatform.${location}.rep.googleapis.com`
    : `${location}-aiplatform.googleapis.com`;
}
