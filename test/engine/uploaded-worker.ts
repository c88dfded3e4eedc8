/**
 * Runs a stack's uploaded Worker in workerd and calls it as a client does. The stack may change at
 * the same time.
 */
import type { LocalCloud } from "../../local/cloud/index.ts";
import { WorkerRuntime } from "../../local/sandbox/worker-runtime.ts";
import type { Script } from "../../local/state/index.ts";
import { QUESTION } from "../support/sandbox.ts";

/** A client behind Access sends them with each request. Without Access nothing reads them. */
const SERVICE_TOKEN = { "cf-access-client-id": "id.access", "cf-access-client-secret": "secret" };

export class UploadedWorker {
  readonly #cloud: LocalCloud;
  readonly #uploaded: () => Script;
  #running: { script: Script; runtime: WorkerRuntime } | undefined;

  private constructor(cloud: LocalCloud, uploaded: () => Script) {
    this.#cloud = cloud;
    this.#uploaded = uploaded;
  }

  /** @param uploaded gives the script that was uploaded last; called before each request */
  static async of(cloud: LocalCloud, uploaded: () => Script): Promise<UploadedWorker> {
    const worker = new UploadedWorker(cloud, uploaded);
    await worker.#runtime();
    return worker;
  }

  async stop(): Promise<void> {
    await this.#running?.runtime.stop();
  }

  /** @returns the target that answers while Anthropic works, and the one while it is overloaded */
  async servedBy(token = ""): Promise<(string | null)[]> {
    const runtime = await this.#runtime();
    const { faults } = this.#cloud.context;
    const healthy = await ask(runtime, token);
    faults.set("anthropic", { mode: "status", status: 529 });
    try {
      return [healthy, await ask(runtime, token)];
    } finally {
      faults.clear();
    }
  }

  /** Restarts workerd if another script was uploaded. */
  async #runtime(): Promise<WorkerRuntime> {
    const script = this.#uploaded();
    if (this.#running?.script !== script) {
      await this.stop();
      const runtime = await WorkerRuntime.start({ script, cloudPort: this.#cloud.context.port, port: 0 });
      this.#running = { script, runtime };
    }
    return this.#running.runtime;
  }
}

async function ask({ url }: WorkerRuntime, token: string): Promise<string | null> {
  const response = await fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "anthropic-version": "2023-06-01",
      "x-api-key": token,
      ...SERVICE_TOKEN,
    },
    body: JSON.stringify(QUESTION),
  });
  await response.text();
  return response.ok ? response.headers.get("x-failover-target") : String(response.status);
}
