/** The Worker as a stack has uploaded it, called as a client would, while the stack may be changing. */
import type { Script } from "../../local/state.ts";
import { WorkerRuntime } from "../../local/worker-runtime.ts";
import { QUESTION } from "../local-stack.ts";
import type { Engine } from "./engine.ts";

export class UploadedWorker {
  readonly #engine: Engine;
  readonly #stack: string;
  #script: Script;
  #runtime: WorkerRuntime;

  private constructor(engine: Engine, stack: string, script: Script, runtime: WorkerRuntime) {
    this.#engine = engine;
    this.#stack = stack;
    this.#script = script;
    this.#runtime = runtime;
  }

  static async of(engine: Engine, stack: string): Promise<UploadedWorker> {
    const script = engine.scriptOf(stack);
    return new UploadedWorker(engine, stack, script, await start(engine, script));
  }

  stop(): Promise<void> {
    return this.#runtime.stop();
  }

  /** @returns who answers while Anthropic is well, and who while it is overloaded. */
  async servedBy(token: string): Promise<(string | null)[]> {
    await this.#follow();
    const { faults } = this.#engine.cloud.context;
    const healthy = await this.#ask(token);
    faults.set("anthropic", { mode: "status", status: 529 });
    try {
      return [healthy, await this.#ask(token)];
    } finally {
      faults.clear();
    }
  }

  /** Restarts where something else was uploaded meanwhile. */
  async #follow(): Promise<void> {
    const script = this.#engine.scriptOf(this.#stack);
    if (script === this.#script) return;
    await this.#runtime.stop();
    this.#script = script;
    this.#runtime = await start(this.#engine, script);
  }

  async #ask(token: string): Promise<string | null> {
    const response = await fetch(`${this.#runtime.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": token },
      body: JSON.stringify(QUESTION),
    });
    await response.text();
    return response.ok ? response.headers.get("x-failover-target") : String(response.status);
  }
}

function start(engine: Engine, script: Script): Promise<WorkerRuntime> {
  return WorkerRuntime.start({ script, cloudPort: engine.cloud.context.port, port: 0 });
}
