/** A pause that Ctrl-C ends early. */
import { setTimeout as sleep } from "node:timers/promises";

/** Also gives the event loop a turn where the time is over already. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
}
