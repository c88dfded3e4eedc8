/**
 * Sends requests over a fixed number of connections. They are opened for each run, because workerd
 * closes an idle connection after five seconds.
 */
import { Connection } from "./connection.ts";
import { CLIENT_TOKEN } from "./variants.ts";

const HEADERS: Readonly<Record<string, string>> = {
  "x-api-key": CLIENT_TOKEN,
  "anthropic-version": "2023-06-01",
  "content-type": "application/json",
};

export interface Call {
  body: Buffer;
  /** Default: `/v1/messages`. */
  path?: string;
  /** Headers besides those of each request. */
  headers?: Readonly<Record<string, string>>;
  /** The status of the answer. Default: 200. */
  status?: number;
  /** Called with the bytes of the answer as they arrive. */
  onData?: (bytes: Buffer) => void;
}

export interface Load extends Call {
  port: number;
  requests: number;
  concurrency: number;
  /** Called when all connections are open, before the requests. */
  begin?: () => void;
}

export interface LoadResult {
  /** Time from the first request to the last answer. */
  wallMs: number;
  /** Time of each request until the end of its answer. */
  latenciesMs: number[];
}

export async function load({ port, requests, concurrency, begin, ...call }: Load): Promise<LoadResult> {
  return withConnections(port, concurrency, async (connections) => {
    begin?.();
    const startMs = performance.now();
    const latenciesMs: number[] = [];
    let left = requests;
    await Promise.all(
      connections.map(async (connection) => {
        while (left-- > 0) latenciesMs.push(await send(connection, call));
      }),
    );
    return { wallMs: performance.now() - startMs, latenciesMs };
  });
}

/** Closes the connections after `use`. */
export async function withConnections<T>(
  port: number,
  count: number,
  use: (connections: readonly Connection[]) => Promise<T>,
): Promise<T> {
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(port)));
  try {
    return await use(connections);
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** The same for one connection. */
export function withConnection<T>(port: number, use: (connection: Connection) => Promise<T>): Promise<T> {
  return withConnections(port, 1, ([connection]) => use(connection as Connection)); // one was opened
}

/**
 * @returns the milliseconds until the end of the answer
 * @throws if the answer has another status: such a run would measure something else
 */
export async function send(connection: Connection, call: Call): Promise<number> {
  const { body, path = "/v1/messages", headers, status: expected = 200, onData } = call;
  const head = headOf(path, { ...HEADERS, ...headers }, body.length);
  const startMs = performance.now();
  const status = await connection.request(head, body, onData);
  if (status !== expected) throw new Error(`${path} answered with ${status} instead of ${expected}`);
  return performance.now() - startMs;
}

function headOf(path: string, headers: Readonly<Record<string, string>>, length: number): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\nhost: bench.test\r\n${lines.join("")}content-length: ${length}\r\n\r\n`;
}
