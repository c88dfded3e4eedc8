/**
 * What a client of the soak sees of one request, and whether it may: by the faults that the request
 * was planned with.
 */
import { createParser } from "eventsource-parser";
import type { Fault } from "../../local/faults/faults.ts";
import type { Sandbox } from "../../local/sandbox/index.ts";
import type { HostileAct } from "./hostile.ts";

const MAX_TOKENS = 16;

export const SIDES = ["anthropic", "vertex"] as const;
type Side = (typeof SIDES)[number];

/** In a stream these come behind the first content, when nothing can be retried any more. */
const BREAKS_AFTER_CONTENT: ReadonlySet<string | undefined> = new Set([
  "cut",
  "truncated",
  "error_event_after_content",
  "silent_after_content",
  "stop_without_data",
] satisfies Fault["mode"][]);
/** Unusual, and whole answers all the same. */
const WHOLE: ReadonlySet<string> = new Set([
  "missing_blank_line",
  "bom",
  "content_type",
  "slow",
] satisfies Fault["mode"][]);
const WHOLE_STREAMS: ReadonlySet<string> = new Set(["open_after_stop"] satisfies Fault["mode"][]);
const WHOLE_JSON: ReadonlySet<string> = new Set(["stop_without_data"] satisfies Fault["mode"][]);

export interface Plan {
  stream: boolean;
  /** The caller reads the headers and goes. */
  leaves: boolean;
  anthropic: Fault | undefined;
  vertex: Fault | undefined;
  /** Not a request to be judged: something that a hostile client does. */
  hostile: HostileAct | undefined;
}

export type Observed =
  | { kind: "message"; side: Side }
  /** A stream that ended with an `error` event. */
  | { kind: "cut"; side: Side; tried: string }
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
  const side: Side = id.startsWith("msg_vrtx_") ? "vertex" : "anthropic";
  const told = response.headers.get("x-failover-target")?.split("/")[0];
  if (told !== side) return { kind: "impossible", why: `${id} under x-failover-target: ${told}` };
  if (stop_reason !== "max_tokens" || usage.output_tokens !== MAX_TOKENS)
    return { kind: "impossible", why: `${id} is not whole` };
  return { kind: "message", side };
}

function observeStream(response: Response, text: string): Observed {
  const events: { type: string; [member: string]: unknown }[] = [];
  createParser({ onEvent: ({ data }) => events.push(JSON.parse(data)) }).feed(text);
  const last = events.at(-1)?.type;
  if (last === "error") {
    const side = response.headers.get("x-failover-target")?.startsWith("vertex") ? "vertex" : "anthropic";
    return { kind: "cut", side, tried: response.headers.get("x-failover-attempts") ?? "" };
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

function isWell({ stream, ...plan }: Plan, side: Side): boolean {
  const mode = plan[side]?.mode;
  return mode === undefined || WHOLE.has(mode) || (stream ? WHOLE_STREAMS : WHOLE_JSON).has(mode);
}

/** @returns what is wrong with that answer to that request. */
export function judge(plan: Plan, observed: Observed): string | undefined {
  const someSideIsWell = SIDES.some((side) => isWell(plan, side));
  switch (observed.kind) {
    case "left":
      return undefined;
    case "impossible":
      return observed.why;
    case "message":
      return isWell(plan, observed.side) ? undefined : "a side answered that had failed";
    case "error":
      if ([401, 402, 403].includes(observed.status)) return "the caller is blamed for a credential of ours";
      return someSideIsWell ? "an error, though a side was well" : undefined;
    case "cut": {
      const { side, tried } = observed;
      if (!plan.stream || !BREAKS_AFTER_CONTENT.has(plan[side]?.mode)) return "a cut that no side made";
      // With Anthropic's circuit open Vertex is asked first.
      const anthropicWasTried = /anthropic=(?!open)/.test(tried);
      const skippedAWellOne = side === "vertex" && isWell(plan, "anthropic") && anthropicWasTried;
      return skippedAWellOne ? "cut by Vertex, though Anthropic was well" : undefined;
    }
  }
}
