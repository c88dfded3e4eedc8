/**
 * Knows whether the caller is still connected. workerd fires the request's signal when the
 * connection is reset, also before the answer begins. It does so only while `ctx.waitUntil` keeps
 * the request's JavaScript alive.
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

  /**
   * Calls the listener once, immediately if the caller has already left. @returns a function that
   * removes the listener
   */
  onLeave(listener: () => void): () => void {
    if (this.#hasLeft) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
