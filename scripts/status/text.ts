/** The status for a person, and as one line for a pipe. Both come from the same figures. */

import { circuitText, endText, resultText } from "../calls/log-words.ts";
import { formatUsd } from "../calls/prices.ts";
import { table } from "../command/table.ts";
import type { Share, StatusFigures } from "./figures.ts";
import { sparkline } from "./sparkline.ts";
import type { Spend } from "./spend.ts";

export interface Status extends StatusFigures {
  spend: Spend;
}

const STATUSES: Readonly<Record<number, string>> = {
  400: "invalid request",
  401: "wrong token",
  403: "not allowed",
  404: "not found",
  405: "wrong method",
  408: "body too slow",
  413: "too large",
  415: "compressed body",
  429: "limited",
  499: "caller left",
  500: "internal error",
  502: "target failed",
  504: "no answer in time",
  529: "overloaded",
};

/** @param title of the stack @param width columns of the terminal */
export function statusText(status: Status, title: string, width: number): string {
  const { fromMs, toMs, all, byTarget, byClient, byModel } = status;
  const answered = byTarget.reduce((sum, { requests }) => sum + requests, 0);
  const nobody: Share = { name: "nobody", requests: all.requests - answered, p50Ms: undefined, p99Ms: undefined };
  const rows = [
    ...groupRows("target", nobody.requests > 0 ? [...byTarget, nobody] : byTarget, all.requests),
    ...groupRows("client", byClient, all.requests),
    ...groupRows("model", byModel, all.requests),
    ["all", "", count(all.requests), "", roundText(all.p50Ms), roundText(all.p99Ms)],
  ];
  return [
    `${title}, ${timeText(fromMs)} to ${timeText(toMs)} UTC: ${counted(all.requests, "request")}.`,
    ...(all.requests === 0 ? [] : [table(["", "", "requests", "share %", "p50 ms", "p99 ms"], rows, width)]),
    "",
    ...remarks(status),
  ].join("\n");
}

/** One line, for a pipe. */
export function statusLine(status: Status): string {
  const { toMs, all, failovers, errors, circuits, spend } = status;
  const failed = errors.reduce((sum, { requests }) => sum + requests, 0);
  const fields = [
    `requests=${all.requests}`,
    `failovers=${failovers.total}`,
    `errors=${failed}`,
    `p50=${all.p50Ms === undefined ? "-" : Math.round(all.p50Ms)}ms`,
    `p99=${all.p99Ms === undefined ? "-" : Math.round(all.p99Ms)}ms`,
    `open=${Object.keys(circuits.open).length}`,
    ...(spend.kind === "known" ? [`usd=${spend.usd.toFixed(4)}`] : []),
  ];
  return `${new Date(toMs).toISOString().slice(0, 19)}Z ${fields.join(" ")}`;
}

function groupRows(kind: string, shares: readonly Share[], all: number): string[][] {
  return shares.map(({ name, requests, p50Ms, p99Ms }, index) => [
    index === 0 ? kind : "",
    name,
    count(requests),
    percentText(requests, all),
    roundText(p50Ms),
    roundText(p99Ms),
  ]);
}

function remarks(status: Status): string[] {
  const { fromMs, toMs, errors, streams, failovers, circuits, limits, spend, sampledOneIn } = status;
  const parts = Math.round((toMs - fromMs) / failovers.parts.length / 1_000);
  const rehearsed = failovers.drilled > 0 ? `, ${count(failovers.drilled)} of them drilled` : "";
  const chart = failovers.total > 0 ? ` ${sparkline(failovers.parts)} (${parts} s each)` : "";
  return [
    `Failovers: ${count(failovers.total)}${rehearsed}.${chart}`,
    `Errors: ${errors.map(({ status, requests }) => `${status} ${STATUSES[status] ?? ""} ${count(requests)}`.replace("  ", " ")).join("; ") || "none"}.`,
    streamText(streams),
    circuitsText(circuits),
    ...limitLines(limits, circuits.lines),
    spendText(spend),
    ...(sampledOneIn > 1 ? [`Cloudflare has read one line of ${sampledOneIn}: all figures are estimates.`] : []),
  ];
}

function streamText({ requests, p50Ms, p99Ms, ended }: Status["streams"]): string {
  if (requests === 0) return "Streams: none.";
  const broken = Object.entries(ended).map(([end, number]) => `${count(number)} ${endText(end)}`);
  const times = `half of them ended within ${msText(p50Ms)}, 99 % within ${msText(p99Ms)}`;
  return `Streams: ${count(requests)}; ${[times, ...broken].join("; ")}.`;
}

/** The log does not say which isolate wrote a line, and each isolate has a breaker of its own. */
function circuitsText({ lines, oldestMs, open }: Status["circuits"]): string {
  if (lines === 0) return "Open circuits: not known, because there is no line.";
  const where = `by the newest ${counted(lines, "line")}, since ${timeText(oldestMs ?? 0)}`;
  const all = Object.entries(open).map(([key, number]) => `${circuitText(key)} in ${count(number)}`);
  const isolates = "Each isolate has its own circuits, and the log does not say which isolate wrote a line.";
  return `Open circuits, ${where}: ${all.join("; ") || "none"}. ${isolates}`;
}

/** A line for each limit, because somebody must raise it or pay. */
function limitLines(limits: Status["limits"], lines: number): string[] {
  return Object.entries(limits).map(([key, number]) => {
    const [target = key, result = ""] = key.split(" ");
    const code = result.replace(/^\d+:/, "");
    return `Limit: ${target} ${resultText(result)} (${code}), in ${count(number)} of the newest ${counted(lines, "line")}.`;
  });
}

function spendText(spend: Spend): string {
  switch (spend.kind) {
    case "known": {
      const calls = `for ${counted(spend.calls, "call")}`;
      if (!spend.isEstimate) return `Spend: ${formatUsd(spend.usd)} ${calls}, by the gateway's log.`;
      return `Spend: about ${formatUsd(spend.usd)} ${calls}, estimated from ${count(spend.readCalls)} in the gateway's log.`;
    }
    case "bypassed":
      return "Spend: not known, because with routing bypass no call goes through the gateway.";
    case "unknown":
      return `Spend: not known, because the gateway's log cannot be read: ${spend.why}.`;
  }
}

function percentText(part: number, all: number): string {
  return all === 0 ? "–" : ((part / all) * 100).toFixed(1);
}

function roundText(number: number | undefined): string {
  return number === undefined ? "–" : count(Math.round(number));
}

function msText(ms: number | undefined): string {
  if (ms === undefined) return "–";
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

function counted(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? "" : "s"}`;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
