/**
 * Message threads of api.anthropic.com: the API holds a conversation under the id of its newest
 * answer. Sources: platform.claude.com "Message threads"; the types of @anthropic-ai/sdk
 * (`BetaMessageThreadParam`, the errors' details).
 */

import { errorEnvelope } from "../claude/messages-api.ts";
import { asJson, type Message, type MessagesRequest } from "../claude/reply.ts";
import { sendJson } from "../http/exchange.ts";
import type { ThreadState } from "../state/index.ts";
import { type AnthropicCall, refuse } from "./call.ts";

const BETA = "message-threads-2026-08-12";
/** Members that must be the same in every turn; the set of betas must be, too. */
const FIXED_MEMBERS = ["model", "thinking", "tool_choice", "cache_control"] as const;
/** Members that a thread keeps from its first turn, and that no later one may have. */
const KEPT_MEMBERS = ["system", "tools"] as const;

type Request = MessagesRequest & Readonly<Record<string, unknown>>;

export interface OpenThread {
  /** With the whole conversation. */
  request: MessagesRequest;
  /** Holds the conversation and its answer for the next turn. */
  keep: (answer: Message) => void;
}

/** A request without a thread is its own conversation. @returns undefined where the request has been refused. */
export function openThread(call: AnthropicCall, request: Request): OpenThread | undefined {
  const { thread } = request as { thread?: { type?: unknown; previous_message_id?: unknown } | null };
  if (thread === undefined || thread === null) return { request, keep: () => undefined };
  const betas = betasOf(call);
  if (!betas.includes(BETA)) {
    refuse(call, 400, "thread: Extra inputs are not permitted");
    return undefined;
  }
  const fixed = fixedOf(request, betas);
  if (thread.type === "create") return { request, keep: (answer) => hold(call, request, fixed, answer) };
  if (thread.type === "continue") return continueThread(call, request, fixed, String(thread.previous_message_id));
  refuse(call, 400, "thread.type: Input should be 'create' or 'continue'");
  return undefined;
}

function continueThread(call: AnthropicCall, request: Request, fixed: ThreadState["fixed"], previousId: string) {
  const previous = call.state.threads.get(previousId);
  if (!previous) {
    refuseThread(call, 404, "thread_not_found", `No thread is held for ${previousId}: send the whole conversation.`);
    return undefined;
  }
  if (previous.isContinued) {
    refuseThread(call, 400, "thread_already_continued", `${previousId} has been continued already.`);
    return undefined;
  }
  const changed = [
    ...KEPT_MEMBERS.filter((name) => name in request),
    ...Object.keys(fixed).filter((name) => fixed[name] !== previous.fixed[name]),
  ];
  if (changed.length > 0) {
    refuseThread(call, 400, "thread_fingerprint_mismatch", `Not as the thread has it: ${changed.join(", ")}.`);
    return undefined;
  }
  const { system, tools, messages } = previous;
  const whole = { ...request, system, tools, messages: [...messages, ...request.messages] };
  const keep = (answer: Message) => {
    previous.isContinued = true;
    hold(call, whole, fixed, answer);
  };
  return { request: whole, keep };
}

function hold(
  { state }: AnthropicCall,
  { system, tools, messages }: MessagesRequest,
  fixed: ThreadState["fixed"],
  answer: Message,
): void {
  const { role, content } = asJson(answer);
  state.threads.set(answer.id, {
    system,
    tools,
    messages: [...messages, { role, content }],
    fixed,
    isContinued: false,
  });
}

function fixedOf(request: Request, betas: readonly string[]): ThreadState["fixed"] {
  const members = FIXED_MEMBERS.map((name) => [name, JSON.stringify(request[name] ?? null)]);
  return Object.fromEntries([...members, ["anthropic-beta", betas.toSorted().join(",")]]);
}

function betasOf({ exchange }: AnthropicCall): string[] {
  return (exchange.headers["anthropic-beta"] ?? "").split(",").flatMap((beta) => beta.trim() || []);
}

function refuseThread({ exchange, requestId }: AnthropicCall, status: 400 | 404, code: string, text: string): void {
  const { error, ...envelope } = errorEnvelope(
    status === 404 ? "not_found_error" : "invalid_request_error",
    requestId,
    text,
  );
  const withDetails = { ...envelope, error: { ...error, details: { error_code: code } } };
  sendJson(exchange, status, withDetails, { "request-id": requestId });
}
