/**
 * `npm run verify`: does the real cloud behave as the local one believes? A small experiment for
 * each point of docs/fidelity.md that only a live account can settle, as far as a script can.
 */
import type { Command } from "commander";
import type { OperatorCommand, Outcome, Session } from "./command/command.ts";
import { choosePoints, toNumbers } from "./verify/choose.ts";
import { type Cost, totalOf } from "./verify/experiment.ts";
import { requireWritable, toMarkdown, writeMarkdown } from "./verify/markdown.ts";
import type { Plan } from "./verify/plan.ts";
import type { Point } from "./verify/points.ts";
import { makePlan, openLab } from "./verify/prepare.ts";
import { describeCost, exitCodeOf, print, toJson, type Verified } from "./verify/report.ts";
import { runExperiments } from "./verify/run.ts";

export const verify: OperatorCommand = {
  name: "verify",
  summary: "whether the live clouds behave as the local cloud believes; costs a few tokens",
  configure(command: Command) {
    command
      .option("--only <numbers>", "only these points of docs/fidelity.md, such as 1,2,13", toNumbers)
      .option("--skip <numbers>", "all points but these", toNumbers)
      .option("--list", "list the points, and how each is looked at; calls nothing")
      .option("--dry-run", "say what each experiment costs and makes; runs none")
      .option("--markdown <file>", "write the report into this file too, for an issue")
      .option("--url <url>", "the Worker's address, if not the stack's")
      .option("--yes", "do not ask before the experiments");
  },
  async run(session, options) {
    const { stack, output, signal } = session;
    const points = choosePoints(options);
    if (options.list === true) return list(points, session);
    const markdown = typeof options.markdown === "string" ? options.markdown : undefined;
    if (markdown !== undefined) await requireWritable(markdown);

    const { plan, outputs } = await makePlan(stack);
    const costs = points.flatMap((point) => costOf(point, plan));
    const cost = totalOf(costs.map(({ cost: one }) => one));
    if (options.dryRun === true) printPlan(costs, session);
    for (const line of describeCost(cost)) output.say(line);
    if (options.dryRun === true) {
      return { exitCode: "fine", report: { command: "verify", outcome: "planned", estimate: cost, points: costs } };
    }
    const isSure = costs.length === 0 || options.yes === true;
    if (!(await output.confirm("Run these experiments?", { yes: isSure, flag: "--yes" }))) {
      output.say("Nothing was called.");
      return { exitCode: "interrupted", report: { command: "verify", outcome: "declined", estimate: cost } };
    }

    const lab = await openLab(session, { plan, outputs, points, options });
    const startedMs = Date.now();
    const ran = await runExperiments(points, lab, session);
    const verified: Verified = { ...ran, points, cost, label: plan.label, startedMs, isInterrupted: signal.aborted };
    print(verified, output);
    const { cloudflareAccountId, googleProject } = plan.settings;
    if (markdown !== undefined)
      await writeMarkdown(markdown, toMarkdown(verified, [cloudflareAccountId, googleProject]));
    return { exitCode: exitCodeOf(verified), report: toJson(verified) };
  },
};

interface PointCost {
  number: number;
  cost: Cost;
}

function costOf({ number, how }: Point, plan: Plan): PointCost[] {
  return how.kind === "experiment" ? [{ number, cost: how.experiment.cost(plan) }] : [];
}

function printPlan(costs: readonly PointCost[], { output }: Session): void {
  const rows = costs.map(({ number, cost }) => {
    const { requests, tokens, uploadMb, makes } = totalOf([cost]);
    return [String(number), String(requests), String(tokens), uploadMb > 0 ? `${uploadMb} MB` : "", makes.join(", ")];
  });
  output.table(["point", "requests", "tokens", "sent", "made and deleted again"], rows);
}

function list(points: readonly Point[], { output }: Session): Outcome {
  const rows = points.map(({ number, sentence, how }) => [
    String(number),
    how.kind === "experiment" ? "experiment" : "not scriptable",
    how.kind === "experiment" ? sentence : `${sentence} ${how.reason}`,
  ]);
  output.table(["point", "", "question"], rows);
  const listed = points.map(({ number, sentence, belief, how }) => ({
    kind: how.kind,
    number,
    sentence,
    belief,
    ...(how.kind === "experiment" ? {} : { reason: how.reason }),
  }));
  return { exitCode: "fine", report: { command: "verify", outcome: "listed", points: listed } };
}
