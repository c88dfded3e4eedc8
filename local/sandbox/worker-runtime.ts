/**
 * Runs an uploaded Worker in workerd, with its module, bindings and compatibility settings.
 * Outbound traffic goes to the local cloud as an *external* service. A function as outbound service
 * would hide connection resets and aborts.
 */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { Miniflare } from "miniflare";
import { accessAt, hostnameOf, isServed, type Script } from "../state/index.ts";
import { accessWorker } from "./access-worker.ts";
import { Relay } from "./relay.ts";

/** After an update, requests that are under way at the old version may take so long. */
const DRAIN_TIMEOUT_MS = 60_000;

export interface RuntimeOptions {
  script: Script;
  /** Port of the local cloud. */
  cloudPort: number;
  /** Port of the Worker. 0 means any free port. */
  port: number;
  /** Whether `replace` may be called. A relay then keeps the address. Default: no. */
  isReplaceable?: boolean;
  /** Called with each line that the Worker or workerd writes. */
  onLine?: (line: string) => void;
}

export class WorkerRuntime {
  readonly url: string;
  readonly #options: RuntimeOptions;
  readonly #relay: Relay | undefined;
  #worker: RunningWorker;
  /** The end of all replaced Workers, one after the other. */
  #ended: Promise<unknown> = Promise.resolve();

  private constructor(options: RuntimeOptions, worker: RunningWorker, relay: Relay | undefined) {
    this.#options = options;
    this.#worker = worker;
    this.#relay = relay;
    this.url = relay?.url ?? worker.url.origin;
  }

  /** @throws when the script has no address, so nobody could call it */
  static async start(options: RuntimeOptions): Promise<WorkerRuntime> {
    const { port, isReplaceable = false } = options;
    const worker = await run(isReplaceable ? { ...options, port: 0 } : options);
    const relay = isReplaceable ? await Relay.start(port, Number(worker.url.port)) : undefined;
    return new WorkerRuntime(options, worker, relay);
  }

  /** Runs another upload at the same address. Open connections stay with the old one. */
  async replace(script: Script): Promise<void> {
    if (!this.#relay) throw new Error("This Worker is not replaceable.");
    const before = this.#worker;
    this.#worker = await run({ ...this.#options, script, port: 0 });
    this.#relay.switchTo(Number(this.#worker.url.port));
    const drained = this.#relay.drain(Number(before.url.port), DRAIN_TIMEOUT_MS);
    this.#ended = this.#ended.then(() => drained).then(() => before.miniflare.dispose());
  }

  /**
   * Miniflare removes its temporary folder a moment later. Only `process.exit` removes it at once.
   */
  async stop(): Promise<void> {
    await this.#relay?.close();
    await this.#ended;
    await this.#worker.miniflare.dispose();
  }
}

interface RunningWorker {
  miniflare: Miniflare;
  url: URL;
}

async function run({ script, cloudPort, port, onLine }: RuntimeOptions): Promise<RunningWorker> {
  if (!isServed(script)) {
    throw new Error(`The Worker ${script.name} has no address: neither workers.dev nor a custom domain serves it.`);
  }
  const worker = workerOptions(script, cloudPort);
  const application = accessAt(script.account, hostnameOf(script), script);
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port,
    ...(application ? { workers: [accessWorker(application, "failover"), { name: "failover", ...worker }] } : worker),
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      for (const input of [stdout, stderr]) createInterface({ input }).on("line", (line) => onLine?.(line));
    },
  });
  return { miniflare, url: await miniflare.ready };
}

/** @returns Miniflare's options for the Worker, without those of the process that runs it */
export function workerOptions(script: Script, cloudPort: number) {
  return {
    modules: [{ type: "ESModule" as const, path: script.mainModule, contents: script.content }],
    compatibilityDate: script.compatibilityDate,
    compatibilityFlags: [...script.compatibilityFlags],
    ...toMiniflare(script),
    outboundService: { external: { address: `127.0.0.1:${cloudPort}`, http: {} } },
  };
}

/** Miniflare's own version binding has an id that the control plane does not know. */
function toMiniflare({ bindings, versionId, modifiedOn }: Script) {
  const rateLimits = bindings.filter((binding) => binding.type === "ratelimit");
  const values = bindings.flatMap((binding) => {
    if (binding.type === "ratelimit") return [];
    const version = { id: versionId, tag: "", timestamp: modifiedOn };
    return [[binding.name, binding.type === "version_metadata" ? version : binding.text] as const];
  });
  return {
    bindings: Object.fromEntries(values),
    ratelimits: Object.fromEntries(
      rateLimits.map(({ name, namespaceId, simple }) => [name, { namespace_id: namespaceId, simple }]),
    ),
  };
}
