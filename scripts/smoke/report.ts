/** What a smoke test says: a line for each call, then what is wrong, then what it has cost. */
import type { Estimate } from "../calls/estimate.ts";
import { costOf, formatUsd } from "../calls/prices.ts";
import type { DeployedVersion } from "../clouds/worker-versions.ts";
import type { Outcome, Session } from "../command/command.ts";
import type { Output } from "../command/output.ts";
import type { PlannedCall } from "./plan.ts";
import { type Call, problemOf, versionProblems, versionsOf } from "./verdict.ts";

/** Enough of a version's id to tell two apart. */
const SHORT_ID = 8;

interface About {
  planned: readonly PlannedCall[];
  deployed: readonly DeployedVersion[];
  cost: Estimate;
  notes: readonly string[];
  url: string;
}

/** Prints the table and the problems, and makes the report of the same values. */
export function report(calls: readonly Call[], about: About, { output, signal }: Session): Outcome {
  const { planned, deployed, cost, notes, url } = about;
  const problems = [
    ...calls.flatMap((call) => {
      const problem = problemOf(call);
      return problem === undefined ? [] : [`${call.model}, ${nameOf(call)}: ${problem}`];
    }),
    ...versionProblems(calls, deployed),
  ];
  printTable(calls, output);
  for (const note of notes) output.say(note);
  for (const problem of problems) output.say(output.color.red(`✗ ${problem}`));
  const spent = spentOf(calls);
  const isWhole = calls.length === planned.length;
  const outcome = signal.aborted && !isWhole ? "interrupted" : problems.length > 0 ? "failed" : "passed";
  output.say();
  output.say(summary(outcome, calls, planned.length, spent, output));
  return {
    exitCode: outcome === "passed" ? "fine" : outcome === "failed" ? "problem" : "interrupted",
    report: {
      command: "smoke",
      outcome,
      url,
      estimate: cost,
      planned: planned.length,
      calls: calls.map(toReport),
      versions: { deployed, answered: versionsOf(calls) },
      problems,
      spent,
    },
  };
}

function printTable(calls: readonly Call[], output: Output): void {
  const rows = calls.map((call) => {
    const { answer } = call;
    const isFine = problemOf(call) === undefined;
    const mark = isFine ? output.color.green("✓") : output.color.red("✗");
    if (answer.kind === "unreachable")
      return [mark, call.model, nameOf(call), "nobody", "–", seconds(answer.totalMs), "–"];
    const { target = "nobody", firstMs, totalMs, version } = answer;
    return [
      mark,
      call.model,
      nameOf(call),
      target,
      seconds(firstMs),
      seconds(totalMs),
      version?.slice(0, SHORT_ID) ?? "–",
    ];
  });
  output.table(["", "model", "call", "answered by", "first event", "total", "version"], rows);
}

function summary(
  outcome: string,
  calls: readonly Call[],
  planned: number,
  { inputTokens, outputTokens, usd }: ReturnType<typeof spentOf>,
  output: Output,
): string {
  const cost = `${inputTokens + outputTokens} tokens, estimated ${usd === undefined ? "cost unknown" : formatUsd(usd)}.`;
  const fine = calls.filter((call) => problemOf(call) === undefined).length;
  switch (outcome) {
    case "passed":
      return output.color.green(`All ${planned} calls were answered as they should be. ${cost}`);
    case "failed":
      return output.color.red(`${fine} of ${planned} calls were answered as they should be. ${cost}`);
    default:
      return `Interrupted after ${calls.length} of ${planned} calls, ${fine} of them fine. ${cost}`;
  }
}

function spentOf(calls: readonly Call[]) {
  const answered = calls.flatMap(({ model, answer }) => (answer.kind === "answered" ? [{ model, ...answer }] : []));
  const costs = answered.map(({ model, target, usage }) => costOf(model, target, usage));
  return {
    inputTokens: answered.reduce((sum, { usage }) => sum + usage.inputTokens, 0),
    outputTokens: answered.reduce((sum, { usage }) => sum + usage.outputTokens, 0),
    usd: costs.some((cost) => cost === undefined)
      ? undefined
      : costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0),
  };
}

function toReport(call: Call) {
  const { model, kind, drilled, expected, answer } = call;
  const about = { model, kind, drilled, expected, problem: problemOf(call) };
  if (answer.kind === "unreachable") return { ...about, totalMs: answer.totalMs };
  const { status, target, firstMs, totalMs, version, requestId, usage } = answer;
  return { ...about, status, target, firstMs, totalMs, version, requestId, usage };
}

function nameOf({ kind, expected }: PlannedCall): string {
  switch (kind) {
    case "json":
      return "JSON";
    case "stream":
      return "stream";
    case "drill":
      return `only ${expected}`;
  }
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
