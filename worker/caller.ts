/**
 * Whether the caller is still there. workerd fires the request's signal when the connection is
 * reset, also before the answer begins, but only as long as `ctx.waitUntil` keeps the request's
 * JavaScript alive.
 */
export class Caller {
  readonly #listeners = new Set<() => void>();
  #hasLeft: boolean;

  constructor(signal: AbortSignal) {
    this.#hasLeft = signal.aborted;
    signal.addEventListener("abort", () => {
      this.#hasLeft = true;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Called once, at once if the caller has left already. @returns what takes the listener away. */
  onLeave(listener: () => void): () => void {
    if (this.#hasLeft) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
