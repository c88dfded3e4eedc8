/**
 * The running stack as the loopback API serves it under `/stack`, for the operators' commands with
 * `--local`. The answers hold secrets, as the terminal of `npm start` does: all of them are of the
 * local cloud.
 */
import type { StackApi } from "../http/context.ts";
import type { Change } from "./deployment.ts";
import type { SandboxStack } from "./stack.ts";

/** What it needs of a `Sandbox`. */
interface Updatable {
  readonly stack: SandboxStack;
  readonly outputs: object;
  readonly runtime: { readonly url: string };
  update(): Promise<readonly Change[]>;
}

export class StackControl implements StackApi {
  readonly #sandbox: Updatable;

  constructor(sandbox: Updatable) {
    this.#sandbox = sandbox;
  }

  describe() {
    const { stack, outputs, runtime } = this.#sandbox;
    const { project, stack: name, cloudflareToken } = stack.options;
    return {
      project,
      stack: name,
      cloudflareToken,
      configured: stack.configured,
      // The Worker's address on this machine.
      outputs: { ...outputs, url: runtime.url },
      resources: stack.resources.map(({ type, name, id, createdMs, inputs }) => ({
        type,
        name,
        id,
        createdMs,
        inputs,
      })),
    };
  }

  set(key: string, value: unknown): void {
    this.#sandbox.stack.set(key, value);
  }

  async up(): Promise<string[]> {
    const changes = await this.#sandbox.update();
    return changes.map(({ kind, type, name }) => `${kind} ${type} ${name}`);
  }
}
