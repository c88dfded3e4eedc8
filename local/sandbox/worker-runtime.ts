/**
 * Runs an uploaded Worker in workerd, with the module, the bindings and the compatibility settings that the program gave it.
 * Its outbound traffic goes to the local cloud as an *external* service: through a function neither resets nor aborts would
 * be seen.
 */
import type { Readable } from "node:stream";
import { Miniflare } from "miniflare";
import { isServed, type Script, type ScriptBinding } from "../state/index.ts";

export interface RuntimeOptions {
  script: Script;
  /** Of the local cloud. */
  cloudPort: number;
  /** 0: any free port. */
  port: number;
  /** Lines that the Worker and workerd write. */
  onLine?: (line: string) => void;
}

export class WorkerRuntime {
  readonly url: string;
  readonly #miniflare: Miniflare;

  private constructor(miniflare: Miniflare, url: string) {
    this.#miniflare = miniflare;
    this.url = url;
  }

  /** @throws where the script is not served: nobody could call it. */
  static async start({ script, cloudPort, port, onLine }: RuntimeOptions): Promise<WorkerRuntime> {
    if (!isServed(script)) {
      throw new Error(`The Worker ${script.name} is not enabled under workers.dev, and no custom domain names it.`);
    }
    const miniflare = new Miniflare({
      host: "127.0.0.1",
      port,
      modules: [{ type: "ESModule", path: script.mainModule, contents: script.content }],
      compatibilityDate: script.compatibilityDate,
      compatibilityFlags: [...script.compatibilityFlags],
      ...toMiniflare(script.bindings),
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

  /** Miniflare's temporary folder goes a moment later: `process.exit` alone removes it sooner. */
  async stop(): Promise<void> {
    await this.#miniflare.dispose();
  }
}

function toMiniflare(bindings: readonly ScriptBinding[]) {
  const texts = bindings.filter((binding) => binding.type !== "ratelimit");
  const rateLimits = bindings.filter((binding) => binding.type === "ratelimit");
  return {
    bindings: Object.fromEntries(texts.map(({ name, text }) => [name, text])),
    ratelimits: Object.fromEntries(
      rateLimits.map(({ name, namespaceId, simple }) => [name, { namespace_id: namespaceId, simple }]),
    ),
  };
}
