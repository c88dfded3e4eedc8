/**
 * Passes on a body while it arrives. It notices a silent target, a caller that stops reading, and a
 * caller that disconnects. workerd does not call a stream's `cancel` when a caller disconnects, so
 * the request's signal is used (`worker/caller.ts`).
 */
import type { TimeLimit } from "../time-limit.ts";

/** If a caller does not read for so long, the target may close its connection for that reason. */
const SLOW_CALLER_MS = 5_000;
/** How long the Worker waits for the end of a body after the last event of the answer. */
const DRAIN_MS = 50;

/** How an answer's body ended. */
export type BodyEnd =
  | { kind: "complete" }
  /** The target sent an `error` event. `type` is Anthropic's type of the error. */
  | { kind: "error"; type: string }
  /** The connection broke, or the body ended before it was whole. */
  | { kind: "cut" }
  /** The target was silent for too long. */
  | { kind: "idle" }
  | { kind: "client_left" }
  /** The caller stayed connected but read nothing. */
  | { kind: "client_stalled" };

export interface Watched {
  end: BodyEnd;
  /**
   * Whether the caller read slowly. Then the caller may be the reason why the target ended the
   * stream.
   */
  callerWasSlow: boolean;
}

/** The result for one chunk: the bytes to pass on now, and the end if the body is over. */
export interface Step {
  pass: readonly Uint8Array[];
  end?: BodyEnd;
}

export interface Filter {
  push(chunk: Uint8Array): Step;
  /** Called when the body has ended (`done`), was cut, or is aborted. */
  finish(end: "done" | "cut" | "idle" | "client_stalled"): Step;
}

export interface RelayOptions {
  reader: ReadableStreamDefaultReader<Uint8Array>;
  /** A read that has already begun. */
  pending?: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  /** The step to pass on before anything is read. */
  first: Step;
  filter: Filter;
  limit: TimeLimit;
  /** The longest silence of the target, and of the caller. */
  idleMs: number;
}

/** @returns the body, and a promise of its end that never rejects */
export function relay(options: RelayOptions): { body: ReadableStream<Uint8Array>; ended: Promise<Watched> } {
  const { reader, first, filter, limit, idleMs } = options;
  const ended = Promise.withResolvers<Watched>();
  let { pending } = options;
  let isReading = false;
  let isOver = false;
  let callerWasSlow = false;
  let aliveMs = Date.now();
  let timer: ReturnType<typeof setTimeout>;

  const settle = (end: BodyEnd) => {
    isOver = true;
    clearTimeout(timer);
    limit.end();
    if (end.kind === "complete") drain(reader, limit);
    else limit.abort();
    ended.resolve({ end, callerWasSlow });
  };
  const deliver = (controller: ReadableStreamDefaultController<Uint8Array>, { pass, end }: Step): boolean => {
    for (const chunk of pass) controller.enqueue(chunk);
    if (end) {
      controller.close();
      settle(end);
    }
    return pass.length > 0;
  };
  const watch = (controller: ReadableStreamDefaultController<Uint8Array>, ms: number) => {
    timer = setTimeout(() => {
      const leftMs = aliveMs + idleMs - Date.now();
      if (leftMs > 0) watch(controller, leftMs);
      else deliver(controller, filter.finish(isReading ? "idle" : "client_stalled"));
    }, ms);
  };

  const next = async (): Promise<Step> => {
    try {
      const { value, done } = await (pending ?? reader.read());
      pending = undefined;
      return done ? filter.finish("done") : filter.push(value);
    } catch {
      return filter.finish("cut");
    }
  };

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      deliver(controller, first);
      if (isOver) return;
      watch(controller, idleMs);
      limit.signal.addEventListener("abort", () => {
        if (!isOver) settle({ kind: "client_left" });
      });
    },
    async pull(controller) {
      const nowMs = Date.now();
      if (nowMs - aliveMs > SLOW_CALLER_MS) callerWasSlow = true;
      aliveMs = nowMs;
      isReading = true;
      for (let isDelivered = false; !isDelivered && !isOver; ) {
        const step = await next();
        // A part of an event is not passed on yet, but it shows that the target is not silent.
        aliveMs = Date.now();
        if (!isOver) isDelivered = deliver(controller, step);
      }
      isReading = false;
    },
    cancel() {
      if (!isOver) settle({ kind: "client_left" });
    },
  });
  return { body, ended: ended.promise };
}

/**
 * Reads the body to its end after the answer's end, so that the connection can be used again. The
 * caller does not wait for this.
 */
async function drain(reader: RelayOptions["reader"], limit: TimeLimit): Promise<void> {
  const timer = setTimeout(() => limit.abort(), DRAIN_MS);
  try {
    const { done } = await reader.read();
    if (!done) limit.abort();
  } catch {
    // The connection is already closed.
  } finally {
    clearTimeout(timer);
  }
}
