/**
 * Runs the Worker's unchanged handler inside Node. Coverage and mutation testing need this. So do
 * tests of a caller that leaves before the response begins, because local workerd does not notice
 * that. Sockets are real, so resets and aborts are real too. With WORKER_IN_NODE set, every stack
 * uses this module in place of workerd (`vitest.config.ts`).
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Agent, type Dispatcher } from "undici";
import type { RuntimeOptions } from "../../local/sandbox/worker-runtime.ts";
import { isServed, type Script, type ScriptBinding } from "../../local/state/index.ts";
import { readAtLeast } from "../../worker/read-at-least-in-test.ts";
import { RateLimitInNode } from "./rate-limit-in-node.ts";

/** Imported by a computed path, so that `tsc` does not check the Worker against Node's globals. */
const ENTRY = join(import.meta.dirname, "../../worker/index.ts");

type Handler = (request: Request, bindings: object, context: object) => Promise<Response>;

/** What the Worker's globals need to know about the isolate that calls them. */
interface Isolate {
  dispatcher: Dispatcher;
  onLine: ((line: string) => void) | undefined;
}

const isolates = new AsyncLocalStorage<Isolate>();

/**
 * One isolate. It shares no memory with other isolates, and all its requests go to the given cloud.
 */
export class WorkerInNode {
  readonly #handler: Handler;
  readonly #isolate: Isolate;
  readonly #bindings: object;
  readonly #pending: Promise<unknown>[] = [];

  private constructor(handler: Handler, isolate: Isolate, bindings: object) {
    this.#handler = handler;
    this.#isolate = isolate;
    this.#bindings = bindings;
  }

  static async start({ script, cloudPort, onLine }: Omit<RuntimeOptions, "port">): Promise<WorkerInNode> {
    addWorkerdGlobals();
    const isolate = { dispatcher: dispatcherTo(`http://127.0.0.1:${cloudPort}`), onLine };
    const { default: worker } = (await import(/* @vite-ignore */ ENTRY)) as { default: { fetch: Handler } };
    // The Worker keys its state by the bindings object, so a new object acts as a new isolate.
    return new WorkerInNode(worker.fetch, isolate, bindingsOf(script));
  }

  fetch(request: Request): Promise<Response> {
    const context = {
      waitUntil: (promise: Promise<unknown>) => this.#pending.push(promise),
      passThroughOnException() {},
    };
    return isolates.run(this.#isolate, () => this.#handler(request, this.#bindings, context));
  }

  /** Resolves when every promise given to `waitUntil` has settled. */
  async idle(): Promise<void> {
    while (this.#pending.length > 0) await Promise.allSettled(this.#pending.splice(0));
  }
}

function bindingsOf({ bindings, versionId }: Script): object {
  const toValue = (binding: ScriptBinding) => {
    switch (binding.type) {
      case "ratelimit":
        return new RateLimitInNode(binding.simple);
      case "version_metadata":
        return { id: versionId };
      case "plain_text":
      case "secret_text":
        return binding.text;
    }
  };
  return Object.fromEntries(bindings.map((binding) => [binding.name, toValue(binding)]));
}

/** Has the same interface as the class in `local/sandbox/worker-runtime.ts`, without workerd. */
export class WorkerRuntime {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start({ port, ...options }: RuntimeOptions): Promise<WorkerRuntime> {
    const { script } = options;
    if (!isServed(script)) throw new Error(`The Worker ${script.name} has no address.`);
    const worker = await WorkerInNode.start(options);
    const server = createServer((request, response) => serve(worker, request, response));
    await once(server.listen(port, "127.0.0.1"), "listening");
    return new WorkerRuntime(server);
  }

  async stop(): Promise<void> {
    const closed = once(this.#server.close(), "close");
    this.#server.closeAllConnections();
    await closed;
  }
}

async function serve(worker: WorkerInNode, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const leaving = new AbortController();
  outgoing.once("close", () => leaving.abort());
  const method = incoming.method ?? "GET";
  const init = {
    method,
    signal: leaving.signal,
    headers: incoming.headers as Record<string, string>,
    body: method === "GET" || method === "HEAD" ? null : incoming,
    duplex: "half",
  };
  const request = new Request(`https://${incoming.headers.host}${incoming.url}`, init as object);
  try {
    const response = await worker.fetch(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    // workerd sends the headers before the first byte of the body, too.
    outgoing.flushHeaders();
    if (response.body) await pipeline(Readable.fromWeb(response.body as never), outgoing);
    else outgoing.end();
  } catch {
    outgoing.destroy();
  }
}

/**
 * Sends every request to the local cloud, with the original host in `Host`, as workerd's external
 * service does.
 */
function dispatcherTo(cloudUrl: string): Dispatcher {
  return new Agent().compose(
    (dispatch) => (options, handler) =>
      dispatch(
        { ...options, origin: cloudUrl, headers: { ...options.headers, host: new URL(String(options.origin)).host } },
        handler,
      ),
  );
}

let hasWorkerdGlobals = false;

function addWorkerdGlobals(): void {
  if (hasWorkerdGlobals) return;
  hasWorkerdGlobals = true;
  // Cloudflare has added this function to Web Crypto.
  Object.assign(crypto.subtle, { timingSafeEqual });
  Object.assign(ReadableStreamBYOBReader.prototype, { readAtLeast });
  // These classes exist only at Cloudflare. workerd sends a content-length for a
  // `FixedLengthStream`.
  Object.assign(globalThis, { FixedLengthStream, IdentityTransformStream });
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => {
    const isolate = isolates.getStore();
    // Node requires `duplex` when the body is a stream. workerd has no such option.
    return fetch(input, isolate ? ({ ...init, duplex: "half", dispatcher: isolate.dispatcher } as object) : init);
  };
  // Whatever a Worker prints is its log.
  for (const method of ["log", "error"] as const) {
    const write = console[method];
    console[method] = (...values) => {
      const isolate = isolates.getStore();
      if (isolate) isolates.exit(() => isolate.onLine?.(values.join(" ")));
      else write(...values);
    };
  }
}

/** Copies each chunk, as workerd does, so that the writer may reuse its buffer. */
class IdentityTransformStream extends TransformStream<Uint8Array, Uint8Array> {
  constructor() {
    super({ transform: (chunk, controller) => controller.enqueue(chunk.slice()) });
  }
}

/** Fails if it gets more or fewer bytes than declared. */
class FixedLengthStream extends TransformStream<Uint8Array, Uint8Array> {
  constructor(bytes: number) {
    let left = bytes;
    super({
      transform(chunk, controller) {
        left -= chunk.length;
        if (left < 0) throw new TypeError("more bytes than the FixedLengthStream was made for");
        controller.enqueue(chunk.slice());
      },
      flush() {
        if (left > 0) throw new TypeError("fewer bytes than the FixedLengthStream was made for");
      },
    });
  }
}
