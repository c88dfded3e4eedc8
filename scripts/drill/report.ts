/** What a drill has found: one value from which the terminal, the Markdown and the JSON are made. */
import type { Output } from "../command/output.ts";
import { type Figures, successRate } from "./figures.ts";
import type { LoadResult } from "./load.ts";
import type { DrillPlan } from "./plan.ts";
import type { Proof } from "./proof.ts";
import { HEAD, logLine, percentText, proofLines, rateLine, reachedRate, rowsOf } from "./rows.ts";

export type DrillOutcome =
  /** The fault has happened, and the other targets have served. */
  | "proven"
  /** The fault has happened, and too many drilled requests were not served. */
  | "failover failed"
  | "not proven"
  | "interrupted";

export interface DrillResult {
  outcome: DrillOutcome;
  plan: DrillPlan;
  url: string;
  /** Milliseconds since the epoch. */
  startedMs: number;
  durationMs: number;
  /** Requests a second; undefined for a single drill. */
  wantedRate: number | undefined;
  load: LoadResult;
  proof: Proof;
  figures: Figures;
  /** False with `bypass`. */
  isLogged: boolean;
  /** Why the gateway's log could not be read; undefined: it could. */
  logProblem: string | undefined;
  /** In percent. */
  minSuccess: number;
}

export function headline({ outcome, plan, proof, figures, minSuccess }: DrillResult): string {
  const { target, model } = plan;
  const rate = percentText(successRate(figures.drilled) ?? 0);
  switch (outcome) {
    case "proven":
      return `Proven: ${target} refused ${model}, and the others served ${rate} of the drilled requests.`;
    case "failover failed":
      return `The failover failed: ${target} refused, and only ${rate} of the drilled requests were served (at least ${minSuccess} % wanted).`;
    case "not proven": {
      const { why = "", cure } = proof.failure ?? {};
      return `Not proven: ${why}${cure === undefined ? "" : `: ${cure}`}.`;
    }
    case "interrupted":
      return `Interrupted. This is the report so far${missingProof(proof)}.`;
  }
}

function missingProof({ counts, failure }: Proof): string {
  if (counts.unproven > 0) return `: the gateway's log has not shown ${counts.unproven} drilled requests yet`;
  return failure ? `; not proven yet: ${failure.why}` : "";
}

/** The lines under the table. */
export function remarks(result: DrillResult): string[] {
  const { figures, proof, plan, load, wantedRate, isLogged, logProblem } = result;
  const { abandoned } = load;
  return [
    ...proofLines(proof, plan, isLogged),
    isLogged ? logLine(figures) : "With routing bypass nothing goes through the gateway, so its log has nothing.",
    ...(logProblem === undefined ? [] : [`The gateway's log could not be read: ${logProblem}.`]),
    ...[rateLine(load, wantedRate)].flatMap((line) => line ?? []),
    ...(abandoned > 0 ? [`${abandoned} requests were still under way and are not counted.`] : []),
    ...(figures.versions.length > 1 ? [`Several versions answered: ${figures.versions.join(", ")}.`] : []),
  ];
}

export function print(result: DrillResult, output: Output): void {
  const isFine = result.outcome === "proven";
  output.table(HEAD, rowsOf(result.figures));
  output.say();
  for (const line of remarks(result)) output.say(line);
  output.say();
  output.say(output.color[isFine ? "green" : "red"](headline(result)));
}

export function toJson(result: DrillResult) {
  const { outcome, plan, url, startedMs, durationMs, wantedRate, load, proof, logProblem } = result;
  const { baseline, drilled, added, log, versions } = result.figures;
  return {
    command: "drill",
    outcome,
    url,
    plan,
    startedAt: new Date(startedMs).toISOString(),
    durationMs: Math.round(durationMs),
    rate: wantedRate === undefined ? undefined : { wanted: wantedRate, reached: reachedRate(load) },
    requests: load,
    proof: { ...proof.counts, why: proof.failure?.why, cure: proof.failure?.cure },
    figures: { baseline, drilled, added },
    log,
    versions,
    logProblem,
  };
}
