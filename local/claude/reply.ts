/**
 * The model behind both providers. It answers with a fixed greeting, in which each word is one
 * token, or with a tool call. It writes the answer as Messages API JSON or as its event stream.
 * Formats: the types of @anthropic-ai/sdk, and platform.claude.com "Streaming messages".
 */

import { randomText } from "../state/ids.ts";
import type { MessagesRequest } from "./request.ts";
import { type ToolCall, toolCall } from "./tools.ts";

const REPLY = "Hi there! Every word of this answer is one token, and all of them come from a local cloud.".split(" ");
/** With this overhead "Hello" counts 8 tokens, as in the post of October 22, 2024. */
const OVERHEAD_TOKENS = 7;

/** What a platform adds after an id's prefix: Vertex's ids look like `msg_vrtx_01…`. */
export type IdMark = "" | "vrtx_" | "bdrk_";

/** A message has exactly one block. */
type Content = { type: "text"; words: readonly string[] } | ({ type: "tool_use"; id: string } & ToolCall);

export interface Message {
  id: string;
  model: string;
  content: Content;
  inputTokens: number;
  stopReason: "end_turn" | "max_tokens" | "tool_use";
}

/** @param model the name in the answer */
export function generateMessage(request: MessagesRequest, mark: IdMark, model: string): Message {
  const about = { id: `msg_${mark}01${randomText(22)}`, model, inputTokens: countTokens(request) };
  const call = toolCall(request);
  if (call) {
    const id = `toolu_${mark}01${randomText(22)}`;
    return { ...about, content: { type: "tool_use", id, ...call }, stopReason: "tool_use" };
  }
  const words = REPLY.slice(0, request.max_tokens);
  const stopReason = words.length < REPLY.length ? "max_tokens" : "end_turn";
  return { ...about, content: { type: "text", words }, stopReason };
}

export function countTokens({ system, messages }: Pick<MessagesRequest, "system" | "messages">): number {
  return OVERHEAD_TOKENS + countWords(system) + countWords(messages.map(({ content }) => content));
}

export function asJson({ id, model, content, inputTokens, stopReason }: Message) {
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [content.type === "text" ? { type: "text", text: content.words.join(" ") } : content],
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { input_tokens: inputTokens, output_tokens: outputTokens(content) },
  };
}

/** The events in stream order. Each event's name is its `type`. */
export function asEvents(message: Message): ({ type: string } & Record<string, unknown>)[] {
  const { content, inputTokens, stopReason } = message;
  const start = { ...asJson(message), content: [], stop_reason: null };
  return [
    { type: "message_start", message: { ...start, usage: { input_tokens: inputTokens, output_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block: emptyBlock(content) },
    { type: "ping" },
    ...deltas(content).map((delta) => ({ type: "content_block_delta", index: 0, delta })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: outputTokens(content) },
    },
    { type: "message_stop" },
  ];
}

function emptyBlock(content: Content) {
  return content.type === "text" ? { type: "text", text: "" } : { ...content, input: {} };
}

/** A tool's input is streamed as pieces of JSON. The first piece is empty. */
function deltas(content: Content) {
  if (content.type === "text") {
    return content.words.map((word, i) => ({ type: "text_delta", text: i === 0 ? word : ` ${word}` }));
  }
  const json = JSON.stringify(content.input);
  const middle = Math.ceil(json.length / 2);
  const pieces = ["", json.slice(0, middle), json.slice(middle)];
  return pieces.map((piece) => ({ type: "input_json_delta", partial_json: piece }));
}

function outputTokens(content: Content): number {
  return content.type === "text" ? content.words.length : 1 + countWords(content.input);
}

/** Counts all text in a value, roughly by words. A base64 string counts as one word. */
function countWords(value: unknown): number {
  if (typeof value === "string") return value.split(/\s+/).filter((word) => word !== "").length;
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).reduce((sum, [key, inner]) => sum + (key === "type" ? 0 : countWords(inner)), 0);
  }
  return 0;
}
