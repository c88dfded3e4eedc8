/**
 * Waits until the newest upload of the Worker answers everywhere. From here one location of
 * Cloudflare can be asked; the Worker's log tells of the others. So both must agree: the answers
 * here, and the lines of the last minute from anywhere.
 */
import { setTimeout as delay } from "node:timers/promises";
import { requireValue } from "../clouds/api-client.ts";
import type { WorkerLog } from "../clouds/worker-log.ts";
import { Failure } from "../command/failure.ts";

/** Consecutive answers of the new version. */
const ANSWERS = 10;
const BETWEEN_MS = 250;
const TIMEOUT_MS = 300_000;
const HEALTH_TIMEOUT_MS = 10_000;

export interface Waiting {
  /** The Worker's base URL. */
  url: string;
  /** Id of the newest upload. */
  version: string;
  log: WorkerLog;
  /** No line of another version must be newer than this. */
  quietMs: number;
  signal: AbortSignal;
  onProgress(text: string): void;
}

/** @throws {Failure} if an old version still answers after five minutes */
export async function untilSettled({ url, version, log, quietMs, signal, onProgress }: Waiting): Promise<void> {
  const startedMs = Date.now();
  for (let same = 0; same < ANSWERS; ) {
    if (Date.now() - startedMs > TIMEOUT_MS) throw tooLate("still answers here");
    const answered = await versionAt(url, signal);
    same = answered === version ? same + 1 : 0;
    onProgress(`${same} of ${ANSWERS} answers come from the new version`);
    await delay(BETWEEN_MS, undefined, { signal });
  }
  for (;;) {
    const others = await linesOfOtherVersions(log, version, quietMs);
    if (others === 0) return;
    if (Date.now() - startedMs > TIMEOUT_MS) throw tooLate("still answers somewhere, as the Worker's log says");
    onProgress(`${others} requests were answered by another version within ${quietMs / 1_000} s`);
    await delay(BETWEEN_MS * ANSWERS, undefined, { signal });
  }
}

async function versionAt(url: string, signal: AbortSignal): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
  // A new connection each time: an open one may stay with the old version.
  const headers = { connection: "close" };
  const response = await fetch(`${url}/health`, { headers, signal: AbortSignal.any([timeout, signal]) }).catch(() => {
    signal.throwIfAborted();
    return undefined;
  });
  await response?.arrayBuffer();
  return response?.headers.get("x-failover-version") ?? undefined;
}

async function linesOfOtherVersions(log: WorkerLog, version: string, quietMs: number): Promise<number> {
  const toMs = Date.now();
  const calculated = requireValue(
    await log.calculate({
      fromMs: toMs - quietMs,
      toMs,
      filters: [],
      calculations: [{ operator: "count", alias: "lines" }],
      groupBy: { key: "version", type: "string" },
    }),
    "the Worker's log",
  );
  const others = calculated.groups.filter(({ value }) => value !== version);
  return others.reduce((sum, { figures }) => sum + (figures.lines ?? 0), 0);
}

function tooLate(what: string): Failure {
  return new Failure("unknown", `an old version of the Worker ${what}`, "run the same command again later");
}
