/**
 * A proxy in front of the local cloud that can turn one rule of it around: it answers a request
 * itself, changes it, or changes its answer. Everything else passes as a stream.
 */
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface Sent {
  method: string;
  /** The cloud's host, such as `api.cloudflare.com`. */
  host: string;
  /** From the host on, with the query string. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface Reply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body: string;
}

/** Sends the request on, with changes, and gives the whole answer. */
export type Pass = (changes?: Partial<Pick<Sent, "headers" | "body">>) => Promise<Reply>;
/** Undefined: the request is none of the rule's. */
export type Rule = (sent: Sent, pass: Pass) => Promise<Reply> | Reply | undefined;

/** It counts for one part of a message, so a changed body gets its own. */
const OF_THE_WIRE = ["connection", "content-length", "keep-alive", "transfer-encoding"];

export class Interceptor {
  readonly url: string;
  rule: Rule | undefined;
  readonly #close: () => void;

  private constructor(url: string, close: () => void) {
    this.url = url;
    this.#close = close;
  }

  static async start(cloudUrl: string): Promise<Interceptor> {
    const server = createServer(async (incoming, outgoing) => {
      try {
        const sent = toSent(incoming, await buffer(incoming));
        const ruled = interceptor.rule?.(sent, async (changes) => {
          const answer = await call(cloudUrl, { ...sent, ...changes });
          const body = (await buffer(answer)).toString("utf8");
          return { status: answer.statusCode ?? 502, headers: textHeaders(answer), body };
        });
        if (ruled === undefined) {
          const answer = await call(cloudUrl, sent);
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
          return;
        }
        const { status, headers, body } = await ruled;
        outgoing.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
      } catch {
        outgoing.destroy();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const interceptor = new Interceptor(`http://127.0.0.1:${port}`, () => {
      server.close();
      server.closeAllConnections();
    });
    return interceptor;
  }

  close(): void {
    this.#close();
  }
}

/** An answer with some members of its JSON replaced. */
export async function changed(reply: Promise<Reply>, change: (body: never) => unknown): Promise<Reply> {
  const { body, ...rest } = await reply;
  return { ...rest, body: JSON.stringify(change(JSON.parse(body) as never)) };
}

function toSent(incoming: IncomingMessage, body: Buffer): Sent {
  const [, host = "", path = "/"] = /^\/([^/?]*)(.*)$/.exec(incoming.url ?? "/") ?? [];
  return {
    method: incoming.method ?? "GET",
    host,
    path,
    headers: textHeaders(incoming),
    body: body.toString("latin1"),
  };
}

function textHeaders({ headers }: IncomingMessage): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_WIRE.includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

/** Bytes stay as they are, because both ways are Latin-1. */
function call(cloudUrl: string, { method, host, path, headers, body }: Sent): Promise<IncomingMessage> {
  const bytes = Buffer.from(body, "latin1");
  return new Promise((resolve, reject) => {
    const length = bytes.length > 0 || method === "POST" ? { "content-length": bytes.length } : {};
    const passed = request(`${cloudUrl}/${host}${path}`, { method, headers: { ...headers, ...length } }, resolve);
    passed.on("error", reject);
    passed.end(bytes);
  });
}
