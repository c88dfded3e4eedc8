/**
 * Writes docs/cost.md: what Cloudflare charges with the CPU time that the last complete bench
 * recorded, and which limit is met first at scale.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { asMs, asUs } from "./format.ts";
import { billOf, LIMITS, PAID } from "./prices.ts";
import { recorded } from "./results.ts";
import { markdownTable } from "./table.ts";

/** Prose of the documents has lines of at most so many characters. */
const WIDTH = 100;
const MONTHLY_REQUESTS = [1e6, 1e7, 1e8];
const SECONDS_PER_MONTH = 30 * 86_400;
/** The Worker's own log line, and the gateway's entry. */
const LOG_EVENTS_PER_REQUEST = 2;
/** An answer of some two thousand tokens. */
const EVENTS_PER_STREAM = 500;
/** The default of the setting. */
const LOG_ENTRIES = 100_000;
/** The breaker's default window. */
const WINDOW_S = 30;
const ISOLATES = [10, 100, 1_000];
/** Google's token is valid for an hour and renewed five minutes before its end. */
const TOKEN_S = 3_600 - 300;
/** A turn of 100 KB has about this many tokens, at this price. */
const TURN_TOKENS = 25_000;
const USD_PER_MILLION_TOKENS = 3;

/** Milliseconds of CPU that the last complete run recorded for `universal`, which needs more. */
function cpu() {
  const ms = (name: string) => recorded(`${name} universal`).value / 1_000;
  const event = ms("stream-1");
  return { short: ms("cpu-1kb-c8"), megabyte: ms("cpu-1mb"), event, turn: ms("cpu-100kb") + EVENTS_PER_STREAM * event };
}

export const COST_PAGE = join(import.meta.dirname, "../docs/cost.md");

export function writeCostPage(): void {
  writeFileSync(COST_PAGE, costPage());
}

export function costPage(): string {
  const { short, turn, event } = cpu();
  return page([
    "# What it costs at Cloudflare, and which limit is met first",
    `\`npm run bench\` writes this page, from Cloudflare's price list and the CPU time in
    [bench/RESULTS.md](../bench/RESULTS.md). Prices and limits are those of
    [Workers](https://developers.cloudflare.com/workers/platform/pricing/),
    [its limits](https://developers.cloudflare.com/workers/platform/limits/),
    [Workers Logs](https://developers.cloudflare.com/workers/observability/logs/workers-logs/#pricing) and the
    [AI Gateway](https://developers.cloudflare.com/ai-gateway/reference/pricing/), read in November 2026. The
    gateway, subrequests, and the time that a request waits cost nothing.`,
    "## A month on the paid plan, in US dollars",
    `A short request has 1 KB and a JSON answer (${asMs(short)} of CPU). A turn of an agent has 100 KB and an answer of
    ${EVENTS_PER_STREAM} events (${asMs(turn)}, of which each event needs ${asUs(1_000 * event)}). The CPU time is that of the
    whole workerd process, so Cloudflare counts less. Its machines may be faster or slower than the one of the bench.`,
    costTable({ "short requests": short, "turns of an agent": turn }),
    `At 100 million, logs cost the most: each request writes ${LOG_EVENTS_PER_REQUEST} log events, the Worker's line and the
    gateway's entry. Cloudflare does not say that an entry of the gateway is one event; this is assumed. An account from
    before 2026-09-24 does not pay for the gateway's entries, so half of the events are left.`,
    `The tokens cost far more: a turn of ${TURN_TOKENS.toLocaleString("en-US")} input tokens at $${USD_PER_MILLION_TOKENS} a million costs
    ${usd((TURN_TOKENS * USD_PER_MILLION_TOKENS) / 1e6, 3)}, without its answer. Cloudflare adds ${usd(perRequestUsd(turn), 6)} to it, at
    100 million a month.`,
    "## What is met first",
    limitsTable(),
    "## What many isolates do",
    `Cloudflare runs the Worker in as many isolates as it likes, in each of its locations, and does not say how many.
    Each isolate has its own breaker and its own token of Google. The table shows what one of them sees, if requests are
    spread evenly.`,
    isolatesTable(),
    `An isolate's breaker opens after 5 failures in ${WINDOW_S} s. An isolate that sees fewer requests cannot open it alone, and
    each of its requests first waits for Anthropic's failure. For this reason \`breaker.neighbours\` counts the failures
    of a whole location ([architecture.md](architecture.md#what-an-isolate-knows-of-its-neighbours)).`,
    `With \`universal\` each isolate fetches a token of Google at its first request and then every ${TOKEN_S / 60} minutes
    while it is used. With \`direct\` and \`bypass\` it fetches one only when Vertex must be asked. No page of Google that we
    know has a limit for these calls.`,
  ]);
}

/** Joins the parts of a page, and wraps its paragraphs. */
function page(parts: readonly string[]): string {
  return `${parts.map((part) => (part.startsWith("|") ? part : wrapped(part))).join("\n\n")}\n`;
}

function wrapped(paragraph: string): string {
  const lines: string[] = [];
  for (const word of paragraph.split(/\s+/)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}

function costTable(cpuMs: Readonly<Record<string, number>>): string {
  const rows = MONTHLY_REQUESTS.flatMap((requests) =>
    Object.entries(cpuMs).map(([name, ms]) => {
      const usage = { requests, cpuMs: requests * ms, logEvents: requests * LOG_EVENTS_PER_REQUEST };
      const { requestsUsd, cpuUsd, logsUsd, totalUsd } = billOf(usage);
      const amounts = [PAID.subscriptionUsd, requestsUsd, cpuUsd, logsUsd, totalUsd].map((amount) => amount.toFixed(2));
      return [`${requests / 1e6} million ${name}`, ...amounts];
    }),
  );
  return markdownTable(["requests", "plan", "requests", "CPU", "logs", "total"], rows);
}

function limitsTable(): string {
  const { short, megabyte, event } = cpu();
  const { freeCpuMs, memoryBytes } = LIMITS;
  const freeEvents = Math.floor((freeCpuMs - short) / event);
  const freeMegabytes = Math.floor((freeCpuMs - short) / (megabyte - short));
  const stream = recorded("open-streams universal").value;
  const perSecond = (requests: number) => (requests / SECONDS_PER_MONTH).toFixed(1);
  return markdownTable(
    ["limit", "is met", "then"],
    [
      [
        `${freeCpuMs} ms of CPU a request, free plan`,
        `by an answer of about ${freeEvents} events, or a body of about ${freeMegabytes} MB`,
        "Cloudflare ends requests of a Worker that often needs more (error 1102). The free plan is for trying it out. On the paid plan the limit is 30 s, which no request comes near",
      ],
      [
        `${LIMITS.freeRequestsPerDay.toLocaleString("en-US")} requests a day, free plan`,
        `at ${perSecond((LIMITS.freeRequestsPerDay * SECONDS_PER_MONTH) / 86_400)} requests a second`,
        "error 1027 until midnight UTC",
      ],
      [
        "128 MB of memory an isolate",
        `by bodies: the Worker holds at most 64 MiB of them, such as 64 of 1 MB at a time, and at most two thirds of that for one client. By open streams: about ${Math.floor(memoryBytes / 2 / stream)} in the other half, at ${(stream / 1e3).toFixed(0)} KB each in workerd`,
        "a body that does not fit is streamed to Anthropic alone, without failover. Beyond 128 MB Cloudflare may cancel requests",
      ],
      [
        `${LIMITS.freeSubrequests} subrequests a request, free plan; ${LIMITS.paidSubrequests.toLocaleString("en-US")}, paid plan`,
        "never: a healthy request makes one, a failover two or three, and each target is asked at most a few times",
        "–",
      ],
      [
        `${LIMITS.connections} connections a request at a time`,
        "never: the Worker makes one call at a time, and beside it at most one for Google's token",
        "a seventh would wait",
      ],
      [
        `${LIMITS.gatewayLogsPerSecond} log entries a second of a gateway, accounts before 2026-09-24`,
        `at ${LIMITS.gatewayLogsPerSecond} requests a second; 100 million a month are ${perSecond(1e8)} on average`,
        "requests are served, entries may be missing, and then `npm run status` counts too few",
      ],
      [
        `${LOG_ENTRIES.toLocaleString("en-US")} stored entries of a gateway, the default of \`logs.entries\``,
        `after ${(((LOG_ENTRIES / 1e8) * SECONDS_PER_MONTH) / 60).toFixed(0)} minutes at 100 million requests a month`,
        "`logs.whenFull`: the oldest are deleted, so `npm run status` sees the newest alone",
      ],
      [
        "requests of a gateway with keys of your own",
        "no page has a limit (200 a minute hold for Unified Billing, which is not used)",
        "–",
      ],
    ],
  );
}

function isolatesTable(): string {
  const rows = MONTHLY_REQUESTS.flatMap((requests) =>
    ISOLATES.map((isolates) => [
      `${requests / 1e6} million`,
      isolates.toLocaleString("en-US"),
      ((requests / SECONDS_PER_MONTH / isolates) * WINDOW_S).toFixed(2),
      ((isolates * 3_600) / TOKEN_S).toFixed(0),
    ]),
  );
  const head = [
    "requests a month",
    "isolates",
    `requests of one in ${WINDOW_S} s`,
    "token fetches an hour, all together",
  ];
  return markdownTable(head, rows);
}

function perRequestUsd(cpuMs: number): number {
  const requests = 1e8;
  return (
    billOf({ requests, cpuMs: requests * cpuMs, logEvents: requests * LOG_EVENTS_PER_REQUEST }).totalUsd / requests
  );
}

function usd(amount: number, digits: number): string {
  return `$${amount.toFixed(digits)}`;
}
