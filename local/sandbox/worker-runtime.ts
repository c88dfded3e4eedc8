/**
 * Runs an uploaded Worker in workerd, with its module, bindings and compatibility settings.
 * Outbound traffic goes to the local cloud as an *external* service. A function as outbound service
 * would hide connection resets and aborts.
 */
import type { Readable } from "node:stream";
import { Miniflare } from "miniflare";
import { isServed, type Script } from "../state/index.ts";

export interface RuntimeOptions {
  script: Script;
  /** Port of the local cloud. */
  cloudPort: number;
  /** Port of the Worker. 0 means any free port. */
  port: number;
  /** Called with each line that the Worker or workerd writes. */
  onLine?: (line: string) => void;
}

export class WorkerRuntime {
  readonly url: string;
  readonly #miniflare: Miniflare;

  private constructor(miniflare: Miniflare, url: string) {
    this.#miniflare = miniflare;
    this.url = url;
  }

  /** @throws when the script has no address, so nobody could call it */
  static async start({ script, cloudPort, port, onLine }: RuntimeOptions): Promise<WorkerRuntime> {
    if (!isServed(script)) {
      throw new Error(`The Worker ${script.name} has no address: neither workers.dev nor a custom domain serves it.`);
    }
    const miniflare = new Miniflare({
      host: "127.0.0.1",
      port,
      modules: [{ type: "ESModule", path: script.mainModule, contents: script.content }],
      compatibilityDate: script.compatibilityDate,
      compatibilityFlags: [...script.compatibilityFlags],
      ...toMiniflare(script),
      outboundService: { external: { address: `127.0.0.1:${cloudPort}`, http: {} } },
      handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
        for (const stream of [stdout, stderr]) {
          stream.setEncoding("utf8");
          stream.on("data", (text: string) => onLine?.(text.trimEnd()));
        }
      },
    });
    const url = await miniflare.ready;
    return new WorkerRuntime(miniflare, url.origin);
  }

  /**
   * Miniflare removes its temporary folder a moment later. Only `process.exit` removes it at once.
   */
  async stop(): Promise<void> {
    await this.#miniflare.dispose();
  }
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
