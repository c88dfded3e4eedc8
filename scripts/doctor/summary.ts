/** The last line, the report and the exit code. */
import type { Outcome } from "../command/command.ts";
import type { Output } from "../command/output.ts";
import type { Line } from "./examination.ts";
import type { Verdict } from "./found.ts";

/** @param signal aborted: the examination was cut short */
export function summarize(lines: readonly Line[], output: Output, signal: AbortSignal): Outcome {
  const count = (verdict: Verdict) => lines.filter((line) => line.verdict === verdict).length;
  const counts = {
    fine: count("fine"),
    note: count("note"),
    problem: count("problem"),
    unknown: count("unknown"),
    skipped: count("skipped"),
  };
  const end = endOf(counts, signal.aborted);
  output.say();
  output.say(output.color[end.color](`${end.text}${counts.note > 0 ? ` ${plural(counts.note, "note")}.` : ""}`));
  return { exitCode: end.exitCode, report: { command: "doctor", outcome: end.outcome, counts, checks: lines } };
}

function endOf(counts: Readonly<Record<Verdict, number>>, isAborted: boolean) {
  if (isAborted) {
    return { text: "Interrupted.", color: "yellow", exitCode: "interrupted", outcome: "interrupted" } as const;
  }
  const unknown = counts.unknown > 0 ? ` ${counts.unknown} could not be found out.` : "";
  if (counts.problem > 0) {
    const text = `${plural(counts.problem, "problem")}.${unknown}`;
    return { text, color: "red", exitCode: "problem", outcome: "problems" } as const;
  }
  if (unknown !== "") {
    return {
      text: `No problem is known.${unknown}`,
      color: "yellow",
      exitCode: "unknown",
      outcome: "unknown",
    } as const;
  }
  return { text: "No problem.", color: "green", exitCode: "fine", outcome: "fine" } as const;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
