/**
 * One HTTP exchange as the local cloud's hosts see it: the request read whole, and the few ways to
 * answer it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

export interface Exchange {
  /** Of the Host header, without the port. */
  host: string;
  method: string;
  path: string;
  query: URLSearchParams;
  /** Path and query as they were sent. */
  requestTarget: string;
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  response: ServerResponse;
}

/** The request's body is not read yet. */
export function openExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  const requestTarget = request.url ?? "/";
  // A target that is no URL is nobody's path.
  const url = URL.parse(requestTarget, "http://local") ?? new URL("http://local");
  return {
    host: (request.headers.host ?? "").replace(/:\d+$/, ""),
    method: request.method ?? "GET",
    path: decodePath(url.pathname),
    query: url.searchParams,
    requestTarget,
    headers: request.headers as Record<string, string | undefined>,
    body: Buffer.alloc(0),
    response,
  };
}

export async function withBody(exchange: Exchange, request: IncomingMessage): Promise<Exchange> {
  return { ...exchange, body: await buffer(request) };
}

function decodePath(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

export function sendJson(
  { response }: Exchange,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    ...headers,
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

/**
 * The headers of a whole answer and half of its text; the connection stays open, and nothing more
 * comes.
 */
export function sendHalf(
  { response }: Exchange,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(text) });
  response.write(firstHalf(text));
}

export function firstHalf(text: string): string {
  return text.slice(0, text.length / 2);
}

/** The parsed body; undefined where it is no JSON. */
export function jsonBody({ body }: Exchange): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

export function bearerToken({ headers }: Exchange): string | undefined {
  return /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
}

/** Ends the connection with a TCP reset. */
export function reset({ response }: Exchange): void {
  response.socket?.resetAndDestroy();
}

/**
 * Ends the connection in the middle of a body. No reset: that would discard what the other side has
 * not read yet.
 */
export function breakOff({ response }: Exchange): void {
  response.socket?.destroySoon();
}

/** Does something again and again until the connection closes. */
export function repeat({ response }: Exchange, intervalMs: number, act: () => void): void {
  if (response.destroyed) return;
  const timer = setInterval(act, intervalMs);
  response.once("close", () => clearInterval(timer));
}
