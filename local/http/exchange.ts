/**
 * One HTTP exchange as the hosts of the local cloud see it: the whole request, and the ways to
 * answer it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

export interface Exchange {
  /** The Host header without the port. */
  host: string;
  method: string;
  path: string;
  query: URLSearchParams;
  /** Path and query exactly as sent. */
  requestTarget: string;
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  response: ServerResponse;
}

/** Does not read the body. */
export function openExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  const requestTarget = request.url ?? "/";
  // A target that is not a URL gets the path `/`.
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
 * Sends the headers of a whole answer and half of its text. The connection stays open and silent.
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

/** The parsed body; undefined when it is not JSON. */
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
 * Closes the connection in the middle of a body, without a reset. A reset would discard data that
 * the other side has not read yet.
 */
export function breakOff({ response }: Exchange): void {
  response.socket?.destroySoon();
}

/** Repeats an action until the connection closes. */
export function repeat({ response }: Exchange, intervalMs: number, act: () => void): void {
  if (response.destroyed) return;
  const timer = setInterval(act, intervalMs);
  response.once("close", () => clearInterval(timer));
}
