/**
 * What the gateway's log counts as cost. It has one entry for each call and gives 50 of them a page,
 * so a long log is not read whole: pages from all over it give an estimate.
 */
import { type Answer, describeRefusal } from "../clouds/api-client.ts";
import { ENTRIES_PER_PAGE, type GatewayEntry, type GatewayLog } from "../clouds/gateway-log.ts";
import type { Span } from "../clouds/worker-log.ts";

export type Spend =
  | { kind: "known"; usd: number; calls: number; readCalls: number; isEstimate: boolean; asOfMs: number }
  /** No call goes through the gateway. */
  | { kind: "bypassed" }
  | { kind: "unknown"; why: string };

/** 40 pages: with those of the Worker's log, well below Cloudflare's 1,200 calls in 5 minutes. */
const MAX_PAGES = 40;

/** Only calls that succeeded cost something. */
export async function readSpend(log: GatewayLog, span: Span, asOfMs: number): Promise<Spend> {
  const query = { ...span, isSuccess: true };
  const first = await log.page(query, 1);
  if (first.kind !== "ok") return unknown(first);
  const { total } = first.value;
  const pages = Math.ceil(total / ENTRIES_PER_PAGE);
  const read: GatewayEntry[] = [...first.value.entries];
  for (const page of pagesToRead(pages)) {
    const answer = await log.page(query, page);
    if (answer.kind !== "ok") return unknown(answer);
    read.push(...answer.value.entries);
  }
  const usd = read.reduce((sum, { costUsd }) => sum + costUsd, 0);
  const isEstimate = read.length < total;
  const factor = isEstimate && read.length > 0 ? total / read.length : 1;
  return { kind: "known", usd: usd * factor, calls: total, readCalls: read.length, isEstimate, asOfMs };
}

/** All pages after the first, or as many as may be read, at equal distances. */
export function pagesToRead(pages: number): number[] {
  const count = Math.min(pages, MAX_PAGES);
  return Array.from({ length: count }, (_, index) => 1 + Math.floor((index * pages) / count)).slice(1);
}

function unknown(answer: Exclude<Answer<unknown>, { kind: "ok" }>): Spend {
  return { kind: "unknown", why: answer.kind === "refused" ? describeRefusal(answer) : answer.why };
}
