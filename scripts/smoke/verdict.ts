/** What is wrong with an answer, and with the versions that answered. */

import type { WorkerAnswer } from "../clouds/worker.ts";
import type { DeployedVersion } from "../clouds/worker-versions.ts";
import type { PlannedCall } from "./plan.ts";

export interface Call extends PlannedCall {
  answer: WorkerAnswer;
}

/** Undefined: the call is as it should be. */
export function problemOf({ answer, expected, drilled }: Call): string | undefined {
  if (answer.kind === "unreachable") return answer.why;
  const { version, isComplete, target, status, error, skipped, attempts } = answer;
  if (version === undefined) {
    return `status ${status} comes from something in front of the Worker: it has no x-failover-version`;
  }
  if (isComplete && (expected === undefined || target === expected)) return undefined;
  if (isComplete) {
    if (skipped !== undefined) return `${expected} was not asked: ${skipped}`;
    const who = target ?? "an unknown target";
    return drilled.includes(who)
      ? `${who} answered instead of ${expected}, although it was drilled: a proxy in front removes x-failover-drill`
      : `${who} answered instead of ${expected}`;
  }
  const asked = attempts.map(({ target: name, result }) => `${name}=${result}`).join(", ");
  const why = error ?? (status === 200 ? "the answer is not whole" : "no message");
  return `${expected === undefined ? "nobody answered" : `${expected} could not serve`}: status ${status}, ${why}${asked && ` (${asked})`}`;
}

/** Every version that answered must be deployed, and there must be one only. */
export function versionProblems(calls: readonly Call[], deployed: readonly DeployedVersion[]): string[] {
  const answered = versionsOf(calls);
  const ids = deployed.map(({ id }) => id);
  const wrong = answered.filter((version) => !ids.includes(version));
  return [
    ...wrong.map(
      (version) => `version ${version} answered, but the newest upload is ${ids.join(" and ") || "unknown"}`,
    ),
    ...(answered.length > 1 ? [`the versions differ between answers: ${answered.join(", ")}`] : []),
  ];
}

export function versionsOf(calls: readonly Call[]): string[] {
  return [...new Set(calls.flatMap(({ answer }) => (answer.kind === "answered" ? (answer.version ?? []) : [])))];
}
