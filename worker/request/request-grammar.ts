/**
 * Where a Messages request has what decides who can serve it: the types of its blocks, sources and
 * tools, and a cache scope. A tool's input and its schema are not looked into. Source:
 * @anthropic-ai/sdk, `BetaMessageParam`, `BetaToolUnion`.
 */
import type { Grammar } from "./json-scanner.ts";

export const REQUEST_GRAMMAR: Grammar = [
  {
    kind: "request",
    into: { messages: "message", system: "block", tools: "tool", thread: "thread", cache_control: "cache_control" },
  },
  { kind: "message", into: { content: "block" } },
  {
    kind: "block",
    into: { content: "block", source: "source", cache_control: "cache_control" },
    collect: { type: "block" },
  },
  { kind: "source", into: { content: "block" }, collect: { type: "source" } },
  { kind: "tool", into: { cache_control: "cache_control" }, collect: { type: "tool" } },
  { kind: "thread", collect: { type: "thread" } },
  // A wish about who may share a cached prefix: Vertex refuses it, and no answer depends on it.
  { kind: "cache_control", cut: ["scope"] },
];
