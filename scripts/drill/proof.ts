/**
 * Whether the drill's fault has really happened. A drill that could pass without its fault proves
 * nothing. So each drilled request must have, in the gateway's log, a call to the drilled target that
 * the target refused, and its answer must say that the target was asked.
 */
import { type GatewayEntry, targetOf } from "../clouds/gateway-log.ts";
import { type Sample, servedAnswer } from "./sample.ts";

/** What became of the fault of one drilled request. */
export type Seen =
  /** The target refused the call: the proof. */
  | "refused"
  /** The target failed in another way, for reasons of its own. */
  | "failed"
  /** The target answered as if there was no drill. */
  | "answered"
  /** The target was not asked: its circuit is open, or the gateway failed before. */
  | "not asked"
  /** The Worker could not ask the other provider for this request. */
  | "skipped"
  /** The answer says that the target was asked, but the log does not have the call. */
  | "unproven"
  /** No answer of the Worker. */
  | "no answer";

export interface Proof {
  counts: Readonly<Record<Seen, number>>;
  /** Why the drill proves nothing; undefined: the fault has happened. */
  failure: { why: string; cure?: string } | undefined;
}

export interface ProofOptions {
  /** The target whose failure is rehearsed. */
  target: string;
  /** With `bypass` no call goes through the gateway, and the answer shows every status itself. */
  routing: "universal" | "direct" | "bypass";
  /** What the gateway's log has of each sample. */
  entries: ReadonlyMap<Sample, readonly GatewayEntry[]>;
}

const REFUSED = new Set([401, 403]);

export function prove(drilled: readonly Sample[], options: ProofOptions): Proof {
  const counts = { refused: 0, failed: 0, answered: 0, "not asked": 0, skipped: 0, unproven: 0, "no answer": 0 };
  for (const sample of drilled) counts[seenOf(sample, options)]++;
  return { counts, failure: failureOf(counts, drilled, options) };
}

export function seenOf(sample: Sample, { target, routing, entries }: ProofOptions): Seen {
  const { answer } = sample;
  if (answer.kind === "unreachable" || answer.version === undefined) return "no answer";
  if (answer.skipped !== undefined && leavesNobody(answer.skipped, target)) return "skipped";
  const served = servedAnswer(sample);
  if (served?.target === target) return "answered";
  const calls = (entries.get(sample) ?? []).filter((entry) => targetOf(entry) === target);
  if (calls.some(({ isSuccess }) => isSuccess)) return "answered";
  if (calls.some(({ status }) => status !== undefined && REFUSED.has(status))) return "refused";
  if (calls.length > 0) return "failed";
  const results = answer.attempts.filter((attempt) => attempt.target === target && attempt.result !== "open");
  if (results.length === 0) return "not asked";
  const isRefused = results.some(({ result }) => REFUSED.has(Number(result)));
  if (routing === "bypass") return isRefused ? "refused" : "failed";
  // Without an answer or a refusal, the gateway may have failed before it asked anybody.
  return served !== undefined || isRefused ? "unproven" : "not asked";
}

/**
 * With more than one platform, each reason of `x-failover-skipped` has its platform's name. Then a
 * platform that was not asked matters only if it is the target's, or if no other one was asked.
 */
function leavesNobody(skipped: string, target: string): boolean {
  if (!skipped.includes("=")) return true;
  const platforms = skipped.split(";").map((reason) => reason.split("=")[0]);
  return platforms.length > 1 || platforms.includes(target.split("/")[0]);
}

function failureOf(
  counts: Readonly<Record<Seen, number>>,
  drilled: readonly Sample[],
  { target }: ProofOptions,
): Proof["failure"] {
  const of = (seen: Seen) => `${counts[seen]} of ${drilled.length} drilled requests`;
  if (counts.answered > 0) {
    return {
      why:
        `${of("answered")} were answered by ${target}, which was to refuse them: the header x-failover-drill did not ` +
        "reach the Worker, so something in front of it removes the header",
      cure: "let the header pass, or name the Worker's own address with --url",
    };
  }
  if (counts.skipped > 0) return { why: `${of("skipped")} had nobody to fail over to: ${skippedWhy(drilled)}` };
  if (counts.unproven > 0) {
    return {
      why:
        `${of("unproven")} have no call to ${target} in the gateway's log: the log is late, or it is full and ` +
        "keeps no new entries",
      cure: "npm run doctor",
    };
  }
  if (counts.refused > 0) return undefined;
  if (drilled.length === 0) return { why: "no drilled request was answered" };
  if (counts["no answer"] === drilled.length) return { why: `the Worker gave no answer${firstReason(drilled)}` };
  if (counts.failed > 0) return { why: `${target} failed by itself, so its refusal could not be rehearsed` };
  return {
    why: `${target} was not asked: its circuit is open, or the gateway failed before it asked anybody`,
    cure: "npm run status",
  };
}

function skippedWhy(drilled: readonly Sample[]): string {
  const words = drilled.flatMap(({ answer }) => (answer.kind === "answered" ? (answer.skipped ?? []) : []));
  return `x-failover-skipped is ${[...new Set(words)].join(", ")}`;
}

function firstReason(drilled: readonly Sample[]): string {
  const why = drilled.flatMap(({ answer }) => (answer.kind === "unreachable" ? answer.why : []))[0];
  return why === undefined ? ": what answered is not the stack's Worker" : `: ${why}`;
}
