/** Starts the upstream in a process of its own, and sets how it answers. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Answering, Pattern } from "./upstream-answers.ts";

export interface Calls {
  calls: number;
  /** Calls of Google's token endpoint. */
  tokenCalls: number;
}

export class Upstream {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<Upstream> {
    const child = fork(join(import.meta.dirname, "upstream-process.ts"));
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    return new Upstream(child, port);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async answers(pattern: Pattern, { anthropicFails = false } = {}): Promise<void> {
    const answering: Answering = { pattern, anthropicFails };
    await this.#ask(answering);
  }

  /** @returns the calls since the last time */
  async calls(): Promise<Calls> {
    return (await this.#ask("calls")) as Calls;
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }

  async #ask(message: Answering | "calls"): Promise<unknown> {
    const answered = once(this.#child, "message");
    this.#child.send(message);
    return (await answered)[0];
  }
}
