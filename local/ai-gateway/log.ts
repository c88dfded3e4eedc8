/**
 * Writes the gateway's log: one entry per call to a provider, with the payload only if the request
 * allows it.
 */
import { randomUUID } from "node:crypto";
import type { Exchange } from "../http/exchange.ts";
import type { Gateway, GatewayLog } from "../state/index.ts";

/** The gateway keeps five metadata entries and drops the rest. */
const MAX_METADATA = 5;

export interface LoggedCall extends Pick<GatewayLog, "provider" | "step" | "status"> {
  query: string;
}

/** @returns the id of the entry */
export function logCall(gateway: Gateway, { headers }: Exchange, { query, ...call }: LoggedCall): string {
  const id = randomUUID();
  gateway.logs.push({
    id,
    ...call,
    metadata: metadataOf(headers["cf-aig-metadata"]),
    ...(headers["cf-aig-collect-log-payload"] === "false" ? {} : { payload: { request: query } }),
  });
  return id;
}

/** Headers that the gateway adds to a provider's answer. */
export function answerHeaders(logId: string): Record<string, string> {
  return { "cf-aig-log-id": logId, "cf-aig-event-id": logId, "cf-aig-cache-status": "MISS" };
}

function metadataOf(text = "{}"): Record<string, unknown> {
  try {
    return Object.fromEntries(Object.entries(JSON.parse(text)).slice(0, MAX_METADATA));
  } catch {
    return {};
  }
}
