/**
 * Describes what a client sees of one request in a soak, and decides whether the request's faults
 * allow this.
 */
import { createParser } from "eventsource-parser";
import type { Fault } from "../../local/faults/faults.ts";
import type { Sandbox } from "../../local/sandbox/index.ts";
import type { HostileAct } from "./hostile.ts";

const MAX_TOKENS = 16;

export const PROVIDERS = ["anthropic", "vertex"] as const;
type Provider = (typeof PROVIDERS)[number];

/** In a stream these faults come after the first content, when the Worker can no longer retry. */
const BREAKS_AFTER_CONTENT: ReadonlySet<string | undefined> = new Set([
  "cut",
  "truncated",
  "error_event_after_content",
  "silent_after_content",
  "stop_without_data",
] satisfies Fault["mode"][]);
/** Unusual, but complete answers. */
const COMPLETE: ReadonlySet<string> = new Set([
  "missing_blank_line",
  "bom",
  "content_type",
  "slow",
] satisfies Fault["mode"][]);
const COMPLETE_STREAMS: ReadonlySet<string> = new Set(["open_after_stop"] satisfies Fault["mode"][]);
const COMPLETE_JSON: ReadonlySet<string> = new Set(["stop_without_data"] satisfies Fault["mode"][]);

export interface Plan {
  stream: boolean;
  /** The caller leaves after it has read the headers. */
  leaves: boolean;
  anthropic: Fault | undefined;
  vertex: Fault | undefined;
  /** An act of a hostile client. The oracle does not judge it. */
  hostile: HostileAct | undefined;
}

export type Observed =
  | { kind: "message"; provider: Provider }
  /** A stream that ended with an `error` event. */
  | { kind: "cut"; provider: Provider; tried: string }
  | { kind: "error"; status: number; tried: string }
  | { kind: "left" }
  | { kind: "impossible"; why: string };

export async function observe(
  { runtime, outputs }: Sandbox,
  { stream, leaves }: Plan,
  index: number,
  deadlineMs: number,
): Promise<Observed> {
  const token = outputs.clientTokens.app ?? "";
  const content = `soak ${index}`;
  try {
    const response = await fetch(`${runtime.url}/v1/messages`, {
      method: "POST",
      signal: AbortSignal.timeout(deadlineMs),
      headers: { "x-api-key": token, "anthropic-version": "2023-06-01", "content-type": "application/json" },
      body: JSON.stringify({
        model: "claude-sonnet-4-6",
        max_tokens: MAX_TOKENS,
        stream,
        messages: [{ role: "user", content }],
      }),
    });
    if (leaves) {
      await response.body?.cancel();
      return { kind: "left" };
    }
    const text = await response.text();
    if (!response.ok) return observeError(response, text);
    return stream ? observeStream(response, text) : observeMessage(response, JSON.parse(text));
  } catch (error) {
    return { kind: "impossible", why: String(error) };
  }
}

function observeError({ status, headers }: Response, text: string): Observed {
  const { type, error } = JSON.parse(text);
  if (type !== "error" || typeof error?.message !== "string") return { kind: "impossible", why: text };
  return { kind: "error", status, tried: headers.get("x-failover-attempts") ?? "" };
}

interface Message {
  id: string;
  stop_reason: string | null;
  usage: { output_tokens: number };
}

function observeMessage(response: Response, { id, stop_reason, usage }: Message): Observed {
  const provider: Provider = id.startsWith("msg_vrtx_") ? "vertex" : "anthropic";
  const reported = response.headers.get("x-failover-target")?.split("/")[0];
  if (reported !== provider) return { kind: "impossible", why: `${id} with x-failover-target: ${reported}` };
  if (stop_reason !== "max_tokens" || usage.output_tokens !== MAX_TOKENS)
    return { kind: "impossible", why: `${id} is not complete` };
  return { kind: "message", provider };
}

function observeStream(response: Response, text: string): Observed {
  const events: { type: string; [member: string]: unknown }[] = [];
  createParser({ onEvent: ({ data }) => events.push(JSON.parse(data)) }).feed(text);
  const last = events.at(-1)?.type;
  if (last === "error") {
    const provider = response.headers.get("x-failover-target")?.startsWith("vertex") ? "vertex" : "anthropic";
    return { kind: "cut", provider, tried: response.headers.get("x-failover-attempts") ?? "" };
  }
  if (last !== "message_stop") return { kind: "impossible", why: `the stream ends with ${last}` };
  const start = events.find(({ type }) => type === "message_start") as { message: Message } | undefined;
  const deltas = events.filter(({ type }) => type === "content_block_delta");
  if (!start || deltas.length !== MAX_TOKENS) return { kind: "impossible", why: `${deltas.length} deltas` };
  return observeMessage(response, {
    ...start.message,
    stop_reason: "max_tokens",
    usage: { output_tokens: deltas.length },
  });
}

function canServe({ stream, ...plan }: Plan, provider: Provider): boolean {
  const mode = plan[provider]?.mode;
  return mode === undefined || COMPLETE.has(mode) || (stream ? COMPLETE_STREAMS : COMPLETE_JSON).has(mode);
}

/** @returns the rule that this answer breaks, if any */
export function judge(plan: Plan, observed: Observed): string | undefined {
  const someCanServe = PROVIDERS.some((provider) => canServe(plan, provider));
  switch (observed.kind) {
    case "left":
      return undefined;
    case "impossible":
      return observed.why;
    case "message":
      return canServe(plan, observed.provider) ? undefined : "the answer comes from a provider with a fault";
    case "error":
      if ([401, 402, 403].includes(observed.status)) return "the caller gets the error of our credential";
      return someCanServe ? "an error, although a provider could serve the request" : undefined;
    case "cut": {
      const { provider, tried } = observed;
      if (!plan.stream || !BREAKS_AFTER_CONTENT.has(plan[provider]?.mode))
        return "a cut stream without a fault that cuts it";
      // With an open circuit for Anthropic, Vertex is asked first.
      const anthropicWasTried = /anthropic=(?!open)/.test(tried);
      const anthropicCouldServe = provider === "vertex" && canServe(plan, "anthropic") && anthropicWasTried;
      return anthropicCouldServe ? "cut by Vertex, although Anthropic could serve the request" : undefined;
    }
  }
}
