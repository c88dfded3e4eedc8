/**
 * What the Workers of an account have printed, as Workers Logs keep it: a line of JSON becomes an
 * object, any other line stays a text. A script without observability leaves nothing. Source:
 * developers.cloudflare.com/workers/observability/logs/workers-logs.
 */

import { randomHex, randomText } from "./ids.ts";

export interface WorkerLogEvent {
  id: string;
  timestampMs: number;
  scriptName: string;
  /** The upload that printed the line. */
  scriptVersion: string;
  /** Cloudflare's id of the invocation, which is not the Worker's own. Each line is its own here. */
  requestId: string;
  source: string | Readonly<Record<string, unknown>>;
}

/** The oldest events make room. The real limit is a number of days. */
const MAX_EVENTS = 10_000;

/** What it needs of an account. */
interface LoggingAccount {
  scripts: ReadonlyMap<
    string,
    { versionId: string; observability: { enabled: boolean; logs: { enabled: boolean } } | null }
  >;
  workerLog: WorkerLogEvent[];
}

/** @param line one line without its line break */
export function recordWorkerLine(
  { scripts, workerLog }: LoggingAccount,
  scriptName: string,
  line: string,
  timestampMs: number,
): void {
  const script = scripts.get(scriptName);
  if (!script?.observability?.enabled || !script.observability.logs.enabled || line === "") return;
  workerLog.push({
    id: randomText(26, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"),
    timestampMs,
    scriptName,
    scriptVersion: script.versionId,
    requestId: randomHex(16).toUpperCase(),
    source: sourceOf(line),
  });
  workerLog.splice(0, workerLog.length - MAX_EVENTS);
}

function sourceOf(line: string): WorkerLogEvent["source"] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : line;
  } catch {
    return line;
  }
}
