/**
 * Writes the gateway's log: one entry per call to a provider. The gateway's settings decide whether
 * entries are kept and how many, a request's headers can decide otherwise for its own entry and its
 * payload. Sources: developers.cloudflare.com/ai-gateway/observability/logging,
 * ai-gateway/reference/limits.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Exchange } from "../http/exchange.ts";
import type { Gateway, GatewayLog } from "../state/index.ts";
import { costOf } from "./cost.ts";
import { usageReader } from "./usage.ts";

/** The gateway keeps five metadata entries and drops the rest. */
const MAX_METADATA = 5;

export interface LoggedCall extends Pick<GatewayLog, "provider" | "step" | "path"> {
  query: string;
  startedAtMs: number;
  /** Undefined when there is none. */
  answer: IncomingMessage | undefined;
}

/** @returns the id of the entry, also when none is kept */
export function logCall(
  gateway: Gateway,
  { headers }: Exchange,
  { query, startedAtMs, answer, ...call }: LoggedCall,
): string {
  const status = answer?.statusCode ?? 0;
  const type = answer?.headers["content-type"];
  const entry: GatewayLog = {
    id: randomUUID(),
    createdAt: new Date(startedAtMs).toISOString(),
    duration: Date.now() - startedAtMs,
    ...call,
    model: modelOf(call.path, query),
    status,
    success: status >= 200 && status <= 299,
    tokensIn: null,
    tokensOut: null,
    cost: 0,
    ...(type === undefined ? {} : { responseContentType: type }),
    metadata: metadataOf(headers["cf-aig-metadata"]),
    ...(headers["cf-aig-collect-log-payload"] === "false" ? {} : { payload: { request: query } }),
  };
  const isCollected = headers["cf-aig-collect-log"] ?? String(gateway.collectLogs);
  if (isCollected === "true") keep(gateway, entry);
  if (answer) completeWith(answer, entry, startedAtMs);
  return entry.id;
}

/** Headers that the gateway adds to a provider's answer. */
export function answerHeaders(logId: string): Record<string, string> {
  return { "cf-aig-log-id": logId, "cf-aig-event-id": logId, "cf-aig-cache-status": "MISS" };
}

/** A full log drops its oldest entry or the new one. */
function keep({ logs, logManagement, logManagementStrategy }: Gateway, entry: GatewayLog): void {
  if (logs.length >= logManagement && logManagementStrategy === "STOP_INSERTING") return;
  logs.push(entry);
  logs.splice(0, logs.length - logManagement);
}

/** Adds what only the whole answer shows. */
function completeWith(answer: IncomingMessage, entry: GatewayLog, startedAtMs: number): void {
  const read = usageReader();
  answer.on("data", (chunk: Buffer) => {
    const { tokensIn, tokensOut } = read(chunk.toString("latin1"));
    const cost = entry.success ? costOf(entry.model, tokensIn, tokensOut) : 0;
    Object.assign(entry, { tokensIn, tokensOut, cost, duration: Date.now() - startedAtMs });
  });
}

/** Vertex has the model in the path, Anthropic in the body. */
function modelOf(path: string, query: string): string {
  const inPath = /\/models\/([^/:]+):/.exec(path)?.[1];
  if (inPath !== undefined) return inPath;
  try {
    const { model } = JSON.parse(query);
    return typeof model === "string" ? model : "";
  } catch {
    return "";
  }
}

function metadataOf(text = "{}"): Record<string, unknown> {
  try {
    return Object.fromEntries(Object.entries(JSON.parse(text)).slice(0, MAX_METADATA));
  } catch {
    return {};
  }
}
