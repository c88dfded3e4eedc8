/**
 * Sends requests at a fixed rate, whether or not earlier ones have been answered. A generator that
 * waits for answers would send less when the answers are slow, and so hide that they are. The number
 * of requests under way has a bound; what it leaves out is counted.
 */
import { pause } from "../command/pause.ts";

export interface Load {
  count: number;
  ratePerSecond: number;
  maxInFlight: number;
}

export interface LoadResult {
  sent: number;
  /** Left out, because too many were under way. */
  leftOut: number;
  /** From the first to the last that was sent or left out. */
  sendingMs: number;
  /** Given up by Ctrl-C or by `stop`. */
  abandoned: number;
}

/**
 * @param send never rejects
 * @param stop ends it: nothing more is sent, and nothing that is under way is waited for
 */
export async function runLoad(
  { count, ratePerSecond, maxInFlight }: Load,
  send: (index: number) => Promise<void>,
  stop: AbortSignal,
): Promise<LoadResult> {
  const startedMs = performance.now();
  const inFlight = new Set<Promise<void>>();
  let [sent, leftOut] = [0, 0];
  for (let index = 0; index < count && !stop.aborted; index++) {
    await pause(startedMs + (index * 1_000) / ratePerSecond - performance.now(), stop);
    if (stop.aborted) break;
    if (inFlight.size >= maxInFlight) {
      leftOut++;
      continue;
    }
    sent++;
    const sending: Promise<void> = send(index).finally(() => inFlight.delete(sending));
    inFlight.add(sending);
  }
  const sendingMs = performance.now() - startedMs;
  await Promise.race([Promise.all(inFlight), aborted(stop)]);
  return { sent, leftOut, sendingMs, abandoned: inFlight.size };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
