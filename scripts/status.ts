/**
 * `npm run status`: who answers whom, how fast and at what cost, by the logs of the Worker and the
 * gateway. With `--follow` it goes on until Ctrl-C.
 */
import { cloudflareNames, settingsOf } from "./calls/deployment.ts";
import { GatewayLog } from "./clouds/gateway-log.ts";
import { WorkerLog } from "./clouds/worker-log.ts";
import type { OperatorCommand, Outcome, Session } from "./command/command.ts";
import { toMilliseconds } from "./command/duration.ts";
import { Failure } from "./command/failure.ts";
import { pause } from "./command/pause.ts";
import { readFigures } from "./status/figures.ts";
import { readSpend, type Spend } from "./status/spend.ts";
import { type Status, statusLine, statusText } from "./status/text.ts";

const DEFAULT_SINCE_MS = 3_600_000;
const DEFAULT_EVERY_MS = 10_000;
const MIN_EVERY_MS = 1_000;
/** The gateway's log needs many calls, so it is not read each time. */
const SPEND_EVERY_MS = 60_000;

export const status: OperatorCommand = {
  name: "status",
  summary: "who answers whom, how fast and at what cost, by the logs",
  configure(command) {
    command
      .option("--since <duration>", "how far to look back, such as 10m (default: 1h)", toMilliseconds)
      .option("--follow", "go on until Ctrl-C; through a pipe, one line each time")
      .option("--every <duration>", "how often with --follow (default: 10s)", toMilliseconds);
  },
  async run(session, options) {
    const { stack, output } = session;
    const everyMs = typeof options.every === "number" ? options.every : DEFAULT_EVERY_MS;
    if (everyMs < MIN_EVERY_MS) throw new Failure("usage", "--every is at least 1s");
    const sinceMs = typeof options.since === "number" ? options.since : DEFAULT_SINCE_MS;
    const reader = await openReader(session, sinceMs);
    if (options.follow === true) return follow(reader, everyMs, session);
    output.progress("reading the logs …");
    const read = await reader();
    output.say(statusText(read, stack.title, output.width));
    return { exitCode: "fine", report: toReport(read, "read") };
  },
};

type Reader = () => Promise<Status>;

async function openReader({ stack }: Session, sinceMs: number): Promise<Reader> {
  const { routing, force } = await settingsOf(stack);
  const names = await cloudflareNames(stack);
  const workerLog = new WorkerLog(stack.clouds.cloudflare, names);
  const gatewayLog = new GatewayLog(stack.clouds.cloudflare, names);
  let spend: Spend = { kind: "bypassed" };
  let spendReadMs = Number.NEGATIVE_INFINITY;
  return async () => {
    const toMs = Date.now();
    const span = { fromMs: toMs - sinceMs, toMs };
    const figures = await readFigures(workerLog, span, force ?? "anthropic");
    if (routing !== "bypass" && toMs - spendReadMs >= SPEND_EVERY_MS) {
      spend = await readSpend(gatewayLog, span, toMs);
      spendReadMs = toMs;
    }
    return { ...figures, spend };
  };
}

/** A cloud that does not answer once is asked again. Ctrl-C ends it with the newest figures. */
async function follow(read: Reader, everyMs: number, { stack, output, signal }: Session): Promise<Outcome> {
  let newest: Status | undefined;
  while (!signal.aborted) {
    try {
      newest = await read();
      if (output.isTerminal) output.repaint(statusText(newest, stack.title, output.width));
      else output.say(statusLine(newest));
      output.report(toReport(newest, "following"));
    } catch (error) {
      if (!signal.aborted && !(newest && error instanceof Failure)) throw error;
      if (!signal.aborted) output.say(`${error instanceof Error ? error.message : error}; asking again`);
    }
    await pause(everyMs, signal);
  }
  return {
    exitCode: "interrupted",
    report: newest ? toReport(newest, "interrupted") : { command: "status", outcome: "interrupted" },
  };
}

function toReport(read: Status, outcome: string): Outcome["report"] {
  const { fromMs, toMs, ...figures } = read;
  return {
    command: "status",
    outcome,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    ...figures,
  };
}
