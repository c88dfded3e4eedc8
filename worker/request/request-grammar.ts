/**
 * Tells the scanner which parts of a Messages request decide which target can serve it: the types
 * of its blocks, sources and tools, and cache scopes. The scanner does not look into a tool's input
 * and schema. Source:
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
  // The scope says who may share a cached prefix. Vertex refuses it, and the answer does not depend
  // on it.
  { kind: "cache_control", cut: ["scope"] },
];
