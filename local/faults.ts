/**
 * Ways in which a target can fail, set while the local cloud runs. A fault is data: the providers ask for the one that is set
 * for them and act it out, so that each of them fails the way it really does.
 */
import { z } from "zod";

export const FAULT = z.discriminatedUnion("mode", [
  /** An error status with the provider's error body. */
  z.strictObject({
    mode: z.literal("status"),
    status: z.int().min(400).max(599),
    retryAfterS: z.int().min(0).optional(),
    /** In place of the usual text for that status. */
    message: z.string().optional(),
  }),
  /** The request is taken and never answered. */
  z.strictObject({ mode: z.literal("hang") }),
  /** The connection is reset before a byte is answered. */
  z.strictObject({ mode: z.literal("reset") }),
  /** A 200 whose stream begins with an error event; without streaming, a 200 with an error body. */
  z.strictObject({ mode: z.literal("error_event"), type: z.string().default("overloaded_error") }),
  /** The connection breaks in the middle of the content. */
  z.strictObject({ mode: z.literal("cut") }),
]);

export type Fault = z.output<typeof FAULT>;

/** `anthropic`, `vertex` (every location) or `vertex/<location>`. */
export const FAULT_TARGET = /^(anthropic|vertex(\/[a-z0-9-]+)?)$/;

export class Faults {
  readonly #set = new Map<string, Fault>();

  set(target: string, fault: Fault): void {
    this.#set.set(target, fault);
  }

  /** Without a target: all of them. */
  clear(target?: string): void {
    if (target === undefined) this.#set.clear();
    else this.#set.delete(target);
  }

  /** The narrower target's first. */
  of(target: string): Fault | undefined {
    return this.#set.get(target) ?? this.#set.get(target.split("/")[0] ?? target);
  }

  list(): Record<string, Fault> {
    return Object.fromEntries(this.#set);
  }
}
