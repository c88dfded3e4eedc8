/** A virtual clock: events in order of their time, in steps of 50 ms. */
const STEP_MS = 50;

export class Timeline<Event> {
  readonly #steps: (Event[] | undefined)[] = [];
  readonly #endMs: number;

  /** Events at `endMs` or later are dropped. */
  constructor(endMs: number) {
    this.#endMs = endMs;
  }

  at(ms: number, event: Event): void {
    if (ms >= this.#endMs) return;
    const step = Math.floor(ms / STEP_MS);
    const events = this.#steps[step] ?? [];
    events.push(event);
    this.#steps[step] = events;
  }

  /** @param handle may add events at the present time or later */
  run(handle: (event: Event, nowMs: number) => void): void {
    for (let step = 0; step * STEP_MS < this.#endMs; step++) {
      // The list may grow in the loop.
      for (const event of this.#steps[step] ?? []) handle(event, step * STEP_MS);
      this.#steps[step] = undefined;
    }
  }
}
