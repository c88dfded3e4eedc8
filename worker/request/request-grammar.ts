/**
 * Tells the scanner which parts of a Messages request decide which target can serve it: the types
 * of its blocks, sources and tools, and cache scopes. It also tells the scanner what names the
 * conversation, and who served its last turn. The scanner does not look into a tool's input and
 * schema. Source: @anthropic-ai/sdk, `BetaMessageParam`, `BetaToolUnion`.
 */
import type { Grammar } from "./json-scanner.ts";

/** The first text of the conversation. */
export const OPENING_TEXT = "opening_text";
/** The id of the newest call of a tool. The target that served this turn has chosen it. */
export const NEWEST_TOOL_ID = "newest_tool_id";
export const USER_ID = "user_id";

export const REQUEST_GRAMMAR: Grammar = [
  {
    kind: "request",
    into: {
      messages: "message",
      system: "block",
      tools: "tool",
      thread: "thread",
      cache_control: "cache_control",
      metadata: "metadata",
    },
  },
  {
    kind: "message",
    into: { content: "turn block" },
    collect: { role: "role" },
    first: { content: OPENING_TEXT },
  },
  {
    kind: "turn block",
    into: { content: "block", source: "source", cache_control: "cache_control" },
    collect: { type: "block" },
    first: { text: OPENING_TEXT },
    last: { id: NEWEST_TOOL_ID },
  },
  {
    kind: "block",
    into: { content: "block", source: "source", cache_control: "cache_control" },
    collect: { type: "block" },
  },
  { kind: "source", into: { content: "block" }, collect: { type: "source" } },
  { kind: "tool", into: { cache_control: "cache_control" }, collect: { type: "tool" } },
  { kind: "thread", collect: { type: "thread" } },
  // The scope says who may share a cached prefix. Vertex refuses it, and the answer does not depend
  // on it.
  { kind: "cache_control", collect: { ttl: "cache_ttl" }, cut: ["scope"] },
  { kind: "metadata", last: { user_id: USER_ID } },
];
