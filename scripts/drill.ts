/**
 * `npm run drill`: rehearses a failover on the live stack. Every second request makes a target
 * refuse its call; the others show what is usual. The drill fails unless its fault has happened.
 */
import type { Command } from "commander";
import { describeEstimate, MAX_TOKENS, TEXT } from "./calls/estimate.ts";
import type { OperatorCommand } from "./command/command.ts";
import { cureForStack } from "./command/cure-for-stack.ts";
import { toMilliseconds } from "./command/duration.ts";
import { writeMarkdown } from "./drill/markdown.ts";
import { DEFAULT_RATE, toPercent, toRate } from "./drill/options.ts";
import { prepareDrill } from "./drill/prepare.ts";
import type { Proof } from "./drill/proof.ts";
import { type DrillResult, print, toJson } from "./drill/report.ts";
import { runDrill } from "./drill/run.ts";
import { RunLog } from "./drill/run-log.ts";

/** Of one request. */
const TIMEOUT_MS = 60_000;
/** Nobody says how late entries come. */
const LOG_WAIT_MS = 60_000;
const MIN_SUCCESS_PERCENT = 99;

export const drill: OperatorCommand = {
  name: "drill",
  summary: "rehearses a failover on the live stack, and proves that it happened; costs tokens",
  configure(command: Command) {
    command
      .option("--target <name>", "the target that is to fail, such as vertex/us-east5", "anthropic")
      .option("--model <id>", "the model (default: the newest that fails over)")
      .option("--for <duration>", "go on for so long, such as 10m (default: once)", toMilliseconds)
      .option("--rate <number>", `requests a second; half of them are drilled (default: ${DEFAULT_RATE})`, toRate)
      .option("--no-stream", "ask for JSON instead of streams")
      .option("--min-success <percent>", "how many drilled requests must be served", toPercent, MIN_SUCCESS_PERCENT)
      .option("--log-wait <duration>", "how long to wait for the gateway's log (default: 60s)", toMilliseconds)
      .option("--markdown <file>", "write the report into this file too")
      .option("--url <url>", "the Worker's address, if not the stack's")
      .option("--yes", "do not ask before calls that cost money");
  },
  async run({ stack, output, signal }, options) {
    const prepared = await prepareDrill(stack, options);
    const { url, client, plan, times, routing, logs, cost } = prepared;
    const { model, target, drilled, others } = plan;
    output.say(`${url}: ${model}. To fail: ${drilled.join(", ")}. Then to answer: ${others.join(", ")}.`);
    output.say(describeEstimate(cost));
    if (!(await output.confirm("Start the drill?", { yes: options.yes === true, flag: "--yes" }))) {
      output.say("Nothing was called.");
      return { exitCode: "interrupted", report: { command: "drill", outcome: "declined", estimate: cost } };
    }

    const stream = options.stream !== false;
    const question = { model, stream, token: client.token, text: TEXT, maxTokens: MAX_TOKENS, timeoutMs: TIMEOUT_MS };
    const waitMs = typeof options.logWait === "number" ? options.logWait : LOG_WAIT_MS;
    const log = logs && new RunLog({ ...logs, client: client.name, target, waitMs, signal });
    const minSuccess = Number(options.minSuccess);
    const ran = await runDrill({ url, question, plan, ...times, routing, log, output, signal, minSuccess });
    const proof = namingStack(ran.proof, options.stack);
    const result: DrillResult = {
      ...ran,
      proof,
      url,
      plan,
      isLogged: logs !== undefined,
      wantedRate: times.rate,
      minSuccess,
    };
    print(result, output);
    if (typeof options.markdown === "string") await writeMarkdown(options.markdown, result);
    return { exitCode: exitCodeOf(result), report: { ...toJson(result), estimate: cost } };
  },
};

function namingStack({ counts, failure }: Proof, stack: unknown): Proof {
  if (failure?.cure === undefined) return { counts, failure };
  return { counts, failure: { ...failure, cure: cureForStack(failure.cure, stack) } };
}

function exitCodeOf({ outcome }: DrillResult) {
  switch (outcome) {
    case "proven":
      return "fine";
    case "failover failed":
    case "not proven":
      return "problem";
    case "interrupted":
      return "interrupted";
  }
}
