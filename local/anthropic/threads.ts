/**
 * Message threads of api.anthropic.com. The API stores a conversation under the id of its newest
 * answer. Sources: platform.claude.com "Message threads"; the types of @anthropic-ai/sdk
 * (`BetaMessageThreadParam`, the errors' details).
 */

import { errorEnvelope } from "../claude/messages-api.ts";
import { asJson, type Message } from "../claude/reply.ts";
import type { MessagesRequest } from "../claude/request.ts";
import { sendJson } from "../http/exchange.ts";
import type { ThreadState } from "../state/index.ts";
import { type AnthropicCall, refuse } from "./call.ts";

const BETA = "message-threads-2026-08-12";
/** Members that must be the same in every turn. The set of betas must be the same too. */
const FINGERPRINT_MEMBERS = ["model", "thinking", "tool_choice", "cache_control"] as const;
/** Members that a thread keeps from its first turn. Later turns must not have them. */
const KEPT_MEMBERS = ["system", "tools"] as const;

type Request = MessagesRequest & Readonly<Record<string, unknown>>;

export interface OpenThread {
  /** The request with the whole conversation. */
  request: MessagesRequest;
  /** Stores the conversation and its answer for the next turn. */
  keep: (answer: Message) => void;
}

/**
 * A request without a thread is returned as it is.
 * @returns undefined after it has refused the request
 */
export function openThread(call: AnthropicCall, request: Request): OpenThread | undefined {
  const { thread } = request as { thread?: { type?: unknown; previous_message_id?: unknown } | null };
  if (thread === undefined || thread === null) return { request, keep: () => undefined };
  const betas = betasOf(call);
  if (!betas.includes(BETA)) {
    refuse(call, 400, "thread: Extra inputs are not permitted");
    return undefined;
  }
  const fingerprint = fingerprintOf(request, betas);
  if (thread.type === "create") return { request, keep: (answer) => store(call, request, fingerprint, answer) };
  if (thread.type === "continue") return continueThread(call, request, fingerprint, String(thread.previous_message_id));
  refuse(call, 400, "thread.type: Input should be 'create' or 'continue'");
  return undefined;
}

function continueThread(
  call: AnthropicCall,
  request: Request,
  fingerprint: ThreadState["fingerprint"],
  previousId: string,
) {
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
    ...Object.keys(fingerprint).filter((name) => fingerprint[name] !== previous.fingerprint[name]),
  ];
  if (changed.length > 0) {
    refuseThread(call, 400, "thread_fingerprint_mismatch", `Not as the thread has it: ${changed.join(", ")}.`);
    return undefined;
  }
  const { system, tools, messages } = previous;
  const whole = { ...request, system, tools, messages: [...messages, ...request.messages] };
  const keep = (answer: Message) => {
    previous.isContinued = true;
    store(call, whole, fingerprint, answer);
  };
  return { request: whole, keep };
}

function store(
  { state }: AnthropicCall,
  { system, tools, messages }: MessagesRequest,
  fingerprint: ThreadState["fingerprint"],
  answer: Message,
): void {
  const { role, content } = asJson(answer);
  state.threads.set(answer.id, {
    system,
    tools,
    messages: [...messages, { role, content }],
    fingerprint,
    isContinued: false,
  });
}

function fingerprintOf(request: Request, betas: readonly string[]): ThreadState["fingerprint"] {
  const members = FINGERPRINT_MEMBERS.map((name) => [name, JSON.stringify(request[name] ?? null)]);
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
