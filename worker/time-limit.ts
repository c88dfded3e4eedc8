/**
 * How long one call to a target may take, and the end of it: the signal fires when the time is over
 * or the caller has left, and closes the connection. The limit is set anew for each phase: headers,
 * first content, the whole of a body.
 */
import type { Caller } from "./caller.ts";

export class TimeLimit {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #stopFollowing: () => void;
  #hasPassed = false;

  /** One AbortController: `AbortSignal.any` costs a tenth of a small request's CPU. */
  constructor(caller: Caller) {
    this.#stopFollowing = caller.onLeave(() => this.#controller.abort(new Error("the caller has left")));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the time was over before the call was. */
  get hasPassed(): boolean {
    return this.#hasPassed;
  }

  /** From now on; replaces the limit before. */
  set(ms: number): void {
    this.clear();
    this.#timer = setTimeout(
      () => {
        this.#hasPassed = true;
        this.abort();
      },
      Math.max(ms, 0),
    );
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  /** Closes the call's connection. */
  abort(): void {
    this.#controller.abort(new Error("the call has ended"));
  }

  /** The call is over: nothing is limited any more, and the caller no longer ends it. */
  end(): void {
    this.clear();
    this.#stopFollowing();
  }
}
