/** What `verify` says: a line for each point, what follows from a difference, and what is left. */

import { formatUsd } from "../calls/prices.ts";
import type { ExitCode } from "../command/exit-code.ts";
import type { Output } from "../command/output.ts";
import type { TotalCost } from "./experiment.ts";
import type { Verdict } from "./finding.ts";
import type { Point } from "./points.ts";
import type { Ran } from "./run.ts";

export interface Verified extends Ran {
  /** All that were chosen. */
  points: readonly Point[];
  cost: TotalCost;
  /** `claude-failover/prod`. */
  label: string;
  /** Milliseconds since the epoch. */
  startedMs: number;
  isInterrupted: boolean;
}

export type VerifyOutcome = "verified" | "different" | "undecided" | "interrupted";

export function outcomeOf({ decided, isInterrupted }: Verified): VerifyOutcome {
  if (isInterrupted) return "interrupted";
  if (decided.some(({ finding }) => finding.verdict === "different")) return "different";
  const isUndecided = decided.length > 0 && decided.every(({ finding }) => finding.verdict === "could not tell");
  return isUndecided ? "undecided" : "verified";
}

export function exitCodeOf(verified: Verified): ExitCode {
  switch (outcomeOf(verified)) {
    case "interrupted":
      return "interrupted";
    case "different":
      return "problem";
    case "undecided":
      return verified.left.length > 0 ? "problem" : "unknown";
    case "verified":
      return verified.left.length > 0 ? "problem" : "fine";
  }
}

/** Such as `30 of 32 points: 28 as we believe, 1 different, 1 could not be told.` */
export function headline({ decided, points, isInterrupted }: Verified): string {
  const count = (verdict: Verdict) => decided.filter(({ finding }) => finding.verdict === verdict).length;
  const scriptable = points.filter(({ how }) => how.kind === "experiment").length;
  const verdicts = `${count("as we believe")} as we believe, ${count("different")} different, ${count("could not tell")} could not be told`;
  const whole =
    decided.length === scriptable
      ? plural(scriptable, "experiment")
      : `${decided.length} of ${plural(scriptable, "experiment")}`;
  return `${isInterrupted ? "Interrupted after " : ""}${whole}: ${verdicts}.`;
}

export function describeCost({ requests, tokens, usd, uploadMb, makes }: TotalCost): string[] {
  const number = (value: number) => value.toLocaleString("en-US");
  const price = usd === undefined ? "their price is not known" : `estimated ${formatUsd(usd)}`;
  const upload = uploadMb > 0 ? ` About ${uploadMb} MB are sent.` : "";
  return [
    `About ${number(requests)} requests, with at most ${number(tokens)} tokens that are charged: ${price}.${upload}`,
    ...(makes.length > 0 ? [`Made and deleted again: ${makes.join(", ")}.`] : []),
  ];
}

export function print(verified: Verified, output: Output): void {
  const { decided, points, left } = verified;
  const { green, red, yellow } = output.color;
  const colors = { "as we believe": green, different: red, "could not tell": yellow };
  if (decided.length > 0) {
    const rows = decided.map(({ point, finding: { verdict, seen } }) => [
      String(point.number),
      colors[verdict](verdict),
      seen,
    ]);
    output.table(["point", "verdict", "seen"], rows);
  }
  for (const { point, finding } of decided) {
    if (finding.consequence !== undefined) output.say(red(`✗ ${point.number}: ${finding.consequence}`));
  }
  for (const { number, how } of points) {
    if (how.kind === "not scriptable") output.say(`${number} is not scriptable: ${how.reason}`);
  }
  for (const line of left) output.say(red(`✗ ${line}`));
  if (left.length > 0)
    output.say("Remove it by hand. npm run leaks shows gateways, Workers, tokens and service accounts.");
  output.say();
  output.say(outcomeOf(verified) === "verified" ? green(headline(verified)) : headline(verified));
}

/** The report of `--json`. */
export function toJson(verified: Verified) {
  const { decided, points, left, cost } = verified;
  return {
    command: "verify",
    outcome: outcomeOf(verified),
    estimate: cost,
    points: points.map(({ number, sentence, belief, how }) => {
      const about = { number, sentence, belief };
      if (how.kind === "not scriptable") return { kind: "not scriptable", ...about, reason: how.reason };
      const found = decided.find(({ point }) => point.number === number);
      return found ? { kind: "decided", ...about, ...found.finding, ms: found.ms } : { kind: "not run", ...about };
    }),
    left,
  };
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
