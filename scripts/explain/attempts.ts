/**
 * One sentence for each attempt: what the Worker saw, and what the gateway's log says of the same
 * call. The Universal Endpoint hides the status of every step that another one follows, so only
 * both together tell why a request went on.
 */

import { resultText } from "../calls/log-words.ts";
import { type GatewayEntry, targetOf } from "../clouds/gateway-log.ts";
import type { LogLine } from "../clouds/worker-log.ts";

type Attempt = NonNullable<LogLine["attempts"]>[number];

/** @param calls oldest first */
export function attemptFacts(
  attempts: readonly Attempt[],
  calls: readonly GatewayEntry[],
  isLogRead: boolean,
): string[] {
  const left = [...calls];
  const take = (target: string) => {
    const index = left.findIndex((entry) => targetOf(entry) === target);
    return index < 0 ? undefined : left.splice(index, 1)[0];
  };
  const facts = attempts.map((attempt) =>
    attempt.result === "open"
      ? `${attempt.target} was moved to the end of the chain, because its circuit was open.`
      : factOf(attempt, wasCalled(attempt) ? take(attempt.target) : undefined, isLogRead),
  );
  return [...facts, ...left.map((entry) => `The gateway called ${targetOf(entry)}${at(entry)}: ${statusText(entry)}.`)];
}

function factOf({ target, result, ms }: Attempt, entry: GatewayEntry | undefined, isLogRead: boolean): string {
  const took = ms === undefined ? "" : ` after ${ms} ms`;
  if (result !== "?") {
    const log = entry && disagreement(result, entry);
    return `${target}${entry ? at(entry) : ""} ${resultText(result)}${took}${log ? `; the gateway's log says: ${log}` : ""}.`;
  }
  const hidden = `${target}${entry ? at(entry) : ""} was asked and did not answer the request`;
  if (entry) return `${hidden}: ${statusText(entry)}, by the gateway's log, which alone shows it.`;
  const missing = isLogRead ? "does not have the call" : "could not be read";
  return `${hidden}. The gateway hides its status from the Worker, and the gateway's log ${missing}.`;
}

/** A failure to get Google's token is recorded for a target that was never called. */
function wasCalled({ result }: Attempt): boolean {
  return !result.startsWith("google_");
}

/** The Worker's status and the log's are the same as a rule. */
function disagreement(result: string, entry: GatewayEntry): string | undefined {
  const isSame = entry.status !== undefined && result.startsWith(String(entry.status));
  return isSame ? undefined : statusText(entry);
}

function statusText({ status, durationMs }: GatewayEntry): string {
  return `${status === undefined ? "no answer" : `status ${status}`} after ${durationMs} ms`;
}

function at({ createdMs }: GatewayEntry): string {
  return ` at ${new Date(createdMs).toISOString().slice(11, 23)}`;
}
