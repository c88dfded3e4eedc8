/**
 * `npm run explain REQUEST_ID`: why a request went where it went. It puts together the line of the
 * Worker's log and the calls in the gateway's log, and asks nobody else.
 */
import { cloudflareNames } from "./calls/deployment.ts";
import { GatewayLog } from "./clouds/gateway-log.ts";
import { WorkerLog } from "./clouds/worker-log.ts";
import { deployedVersions } from "./clouds/worker-versions.ts";
import type { OperatorCommand } from "./command/command.ts";
import { toMilliseconds } from "./command/duration.ts";
import { Failure } from "./command/failure.ts";
import { factsOf } from "./explain/facts.ts";
import { findRequest } from "./explain/find.ts";

const DEFAULT_SINCE_MS = 86_400_000;
/** A line is written at the answer's end, by a machine whose clock may be ahead. */
const AHEAD_MS = 60_000;

export const explain: OperatorCommand = {
  name: "explain",
  summary: "why a request went where it went, by the logs of the Worker and the gateway",
  configure(command) {
    command
      .argument("<request-id>", "the answer's header request-id, or request_id of the Worker's log")
      .option("--since <duration>", "how far to look back, such as 7d (default: 24h)", toMilliseconds);
  },
  async run({ stack, output }, options) {
    const id = requestId(String(options.argument));
    const names = await cloudflareNames(stack);
    const { cloudflare } = stack.clouds;
    const sinceMs = typeof options.since === "number" ? options.since : DEFAULT_SINCE_MS;
    const nowMs = Date.now();
    const span = { fromMs: nowMs - sinceMs, toMs: nowMs + AHEAD_MS };
    const logs = { workerLog: new WorkerLog(cloudflare, names), gatewayLog: new GatewayLog(cloudflare, names) };
    const found = await findRequest(id, span, logs);
    if (!found) {
      const since = new Date(span.fromMs).toISOString();
      const reasons = reasonsFor(names.account);
      output.say(`No log has ${id}. Looked since ${since}:`);
      output.say(`  the log of the Worker ${names.worker}`);
      output.say(`  the log of the gateway ${names.gateway}`);
      output.say("It can be missing because");
      for (const reason of reasons) output.say(`  ${reason}`);
      const report = { command: "explain", outcome: "not found", id, since, looked: names, reasons };
      return { exitCode: "problem", report };
    }
    const versions = await deployedVersions(cloudflare, names);
    const facts = factsOf(found, versions.kind === "ok" ? versions.value.map((version) => version.id) : []);
    for (const fact of facts) output.say(fact);
    const { logged, calls, gatewayProblem } = found;
    return {
      exitCode: "fine",
      report: { command: "explain", outcome: "found", id, facts, line: logged?.line, calls, gatewayProblem },
    };
  },
};

/** @throws {Failure} */
function requestId(id: string): string {
  if (id.startsWith("msg_")) {
    throw new Failure("usage", `${id} is the id of a message`, "take the header request-id of the answer");
  }
  if (/^[\w-]{1,100}$/.test(id)) return id;
  throw new Failure(
    "usage",
    "a request id has letters, digits, '_' and '-'",
    "take the header request-id of the answer",
  );
}

function reasonsFor(account: string): string[] {
  return [
    "it is older than that: --since 7d looks further back",
    "Workers Logs keep lines for 3 days in Cloudflare's free plan and 7 days in the paid one",
    "Cloudflare samples the lines of accounts over their daily limit",
    "it came only seconds ago, and the logs are late",
    `it went to another stack, or to an account other than ${account}: --stack NAME`,
  ];
}
