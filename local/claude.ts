/**
 * The model behind both providers, as far as a client can tell: a fixed greeting, one word a token, in the Messages API's
 * JSON and event stream. Shapes: @anthropic-ai/sdk's types and platform.claude.com "Streaming messages".
 */
import { randomText } from "./ids.ts";

const REPLY = "Hi there! Every word of this answer is one token, and all of them come from a local cloud.".split(" ");
/** With it, "Hello" counts the 8 tokens that the post of October 22, 2024 shows. */
const OVERHEAD_TOKENS = 7;

export interface MessagesRequest {
  model?: string;
  max_tokens: number;
  stream?: boolean;
  messages: readonly { role: string; content: unknown }[];
  system?: unknown;
}

export interface Message {
  id: string;
  model: string;
  words: readonly string[];
  inputTokens: number;
  stopReason: "end_turn" | "max_tokens";
}

/** @param idPrefix `msg_` or `msg_vrtx_` @param model as the answer names it */
export function answer(request: MessagesRequest, idPrefix: string, model: string): Message {
  const words = REPLY.slice(0, request.max_tokens);
  return {
    id: `${idPrefix}01${randomText(22)}`,
    model,
    words,
    inputTokens: countTokens(request),
    stopReason: words.length < REPLY.length ? "max_tokens" : "end_turn",
  };
}

export function countTokens({ system, messages }: Pick<MessagesRequest, "system" | "messages">): number {
  return OVERHEAD_TOKENS + countWords(system) + countWords(messages.map(({ content }) => content));
}

export function asJson({ id, model, words, inputTokens, stopReason }: Message) {
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [{ type: "text", text: words.join(" ") }],
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { input_tokens: inputTokens, output_tokens: words.length },
  };
}

/** In the order of the stream; each is sent under its own `type` as event name. */
export function asEvents(message: Message): ({ type: string } & Record<string, unknown>)[] {
  const start = { ...asJson({ ...message, words: [] }), content: [], stop_reason: null };
  return [
    { type: "message_start", message: { ...start, usage: { input_tokens: message.inputTokens, output_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "ping" },
    ...message.words.map((word, i) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: i === 0 ? word : ` ${word}` },
    })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: message.stopReason, stop_sequence: null },
      usage: { output_tokens: message.words.length },
    },
    { type: "message_stop" },
  ];
}

/** Any text in a value, roughly as words; base64 counts as one. */
function countWords(value: unknown): number {
  if (typeof value === "string") return value.split(/\s+/).filter((word) => word !== "").length;
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).reduce((sum, [key, inner]) => sum + (key === "type" ? 0 : countWords(inner)), 0);
  }
  return 0;
}
