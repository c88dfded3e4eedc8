/** Why a request went where it went: one fact a sentence, from what both logs have. */

import { circuitText, endText, platformTitle, skippedFacts, stickyWhy } from "../calls/log-words.ts";
import { formatUsd } from "../calls/prices.ts";
import type { GatewayEntry } from "../clouds/gateway-log.ts";
import type { LoggedLine, LogLine } from "../clouds/worker-log.ts";
import { attemptFacts } from "./attempts.ts";
import { type Found, startedMs } from "./find.ts";

/** @param deployed ids of the uploads that serve now; empty if they are not known */
export function factsOf({ logged, calls, gatewayProblem }: Found, deployed: readonly string[]): string[] {
  const problem = gatewayProblem === undefined ? [] : [`The gateway's log could not be read: ${gatewayProblem}.`];
  if (!logged) return factsOfCalls(calls);
  const { line } = logged;
  return [
    arrival(logged),
    ...versionFacts(line, deployed),
    ...(line.drilled ? [`It was a drill: ${line.drilled.replaceAll(",", " and ")} had to fail.`] : []),
    ...(line.sticky ? [stickyWhy(line.sticky)] : []),
    ...attemptFacts(line.attempts ?? [], calls, gatewayProblem === undefined),
    ...(line.skipped ? skippedFacts(line.skipped) : []),
    ...(line.omitted
      ? [
          `For ${platformTitle(line.target ?? "")} was left out, without a change of the answer: ` +
            `${line.omitted.replaceAll(",", ", ")}.`,
        ]
      : []),
    ...(line.lost
      ? [`The conversation lost its ${line.lost}: this model drops what another provider has signed.`]
      : []),
    ...previousFacts(line),
    ...circuitFacts(line),
    ending(line),
    ...costFacts(calls),
    ...problem,
  ];
}

function arrival(logged: LoggedLine): string {
  const { client, method, model, request_bytes: bytes } = logged.line;
  const size = bytes === undefined ? "" : ` with ${bytes.toLocaleString("en-US")} bytes`;
  const whose = client === undefined ? "somebody without a valid token" : `the client ${client}`;
  const what = model === undefined ? method : `${method} for ${model === "unknown" ? "an unknown model" : model}`;
  return `${timeText(startedMs(logged))}: ${whose} asked for ${what}${size}.`;
}

function versionFacts({ version }: LogLine, deployed: readonly string[]): string[] {
  if (version === undefined) return [];
  if (deployed.length === 0) return [`Version ${version} of the Worker took it.`];
  const now = deployed.includes(version)
    ? "which still serves"
    : `which no longer serves: ${deployed.join(" and ")} does`;
  return [`Version ${version} of the Worker took it, ${now}.`];
}

function previousFacts({ previous = {} }: LogLine): string[] {
  const names = Object.keys(previous).map((name) => name.replaceAll("_", " "));
  return names.length === 0 ? [] : [`It used the previous value of a rotated secret: ${names.join(", ")}.`];
}

function circuitFacts({ open_circuits: open }: LogLine): string[] {
  if (open === undefined) return [];
  if (open.length === 0) return ["No circuit was open in its isolate afterwards."];
  return [`Open in its isolate afterwards: ${open.map(circuitText).join("; ")}.`];
}

function ending({ status, target, ms, stream, stream_ms: streamMs }: LogLine): string {
  const after = ms === undefined ? "" : ` after ${ms} ms`;
  if (status === 499) return `The caller left${after}, before the answer began.`;
  if (target === undefined)
    return `The caller got the status ${status ?? "unknown"}${after}, and no answer of a target.`;
  const who = target === "table" ? "the Worker's table" : target;
  const end =
    stream === undefined
      ? ""
      : ` Its body ${endText(stream)}${streamMs === undefined ? "" : `, after ${streamMs} ms`}.`;
  return `The caller got status ${status ?? "unknown"} from ${who}${after}.${end}`;
}

function costFacts(calls: readonly GatewayEntry[]): string[] {
  const sum = (number: (entry: GatewayEntry) => number) => calls.reduce((total, entry) => total + number(entry), 0);
  if (calls.length === 0) return [];
  const [input, output] = [sum(({ tokensIn }) => tokensIn), sum(({ tokensOut }) => tokensOut)];
  return [`The gateway counts ${input} tokens in, ${output} out and ${formatUsd(sum(({ costUsd }) => costUsd))}.`];
}

/** Without the Worker's line, the calls still say where the request went. */
function factsOfCalls(calls: readonly GatewayEntry[]): string[] {
  const [first] = calls;
  const client = first?.client === undefined ? "a client" : `the client ${first.client}`;
  return [
    "The Worker's log does not have the request, so this is what the gateway's log says.",
    ...(first ? [`${timeText(first.createdMs)}: ${client} asked for ${first.model}.`] : []),
    ...attemptFacts([], calls, true),
    ...costFacts(calls),
  ];
}

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().replace("T", " ").slice(0, 23)} UTC`;
}
