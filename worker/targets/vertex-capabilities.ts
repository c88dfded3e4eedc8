/**
 * The table of members and betas that Claude on Vertex accepts, in the three classes of `fit.ts`. A
 * beta and its member must be sent together, because Vertex answers 400 to one without the other.
 *
 * Sources: platform.claude.com "Claude on Vertex AI" (features) and "Token counting";
 * @anthropic-ai/sdk (`MessageCreateParams`, `AnthropicBeta`) and @anthropic-ai/vertex-sdk;
 * BerriAI/litellm (its map of the betas that Vertex accepts, October 2026; #39597 for
 * count_tokens).
 */
import type { Capabilities } from "./capabilities.ts";

/** The largest body that Vertex accepts. */
export const MAX_VERTEX_BODY_BYTES = 30 * 1024 * 1024;

export const TAKEN_MEMBERS: ReadonlySet<string> = new Set([
  "anthropic_version",
  "cache_control",
  "max_tokens",
  "messages",
  "metadata",
  "model",
  "output_config",
  "stop_sequences",
  "stream",
  "system",
  "temperature",
  "thinking",
  "tool_choice",
  "tools",
  "top_k",
  "top_p",
]);

/** Members that Vertex accepts only together with one of these betas. */
export const MEMBER_BETAS: ReadonlyMap<string, readonly string[]> = new Map([
  ["context_management", ["context-management-2025-06-27", "compact-2026-01-12"]],
  ["compaction", ["compact-2026-09-04"]],
]);

/**
 * Members about capacity, billing and diagnosis. Only Anthropic's own platform supports them, and
 * they do not change the answer.
 */
export const UNNEEDED_MEMBERS: ReadonlySet<string> = new Set([
  "billing_policy",
  "diagnostics",
  "fallback_credit_token",
  "service_tier",
  "speed",
  "user_profile_id",
  "workspace_id",
]);

/**
 * Members that Vertex accepts today and that do not change the answer. If Vertex refuses one of
 * them, it is left out.
 */
export const DISPENSABLE_MEMBERS: ReadonlySet<string> = new Set(["metadata", "cache_control"]);

/** Members of /v1/messages that token counting refuses. They do not change the count. */
export const NOT_COUNTED: ReadonlySet<string> = new Set([
  "max_tokens",
  "metadata",
  "stop_sequences",
  "stream",
  "temperature",
  "top_k",
  "top_p",
]);

/**
 * Types in a body that only Anthropic's own platform supports. The names have no date of a version.
 */
export const ESSENTIAL_FEATURES =
  /^(source:(url|file)|tool:(code_execution|web_fetch|advisor|mcp_toolset|computer_toolset|browser_toolset)(_\d+)?|block:(container_upload|mcp_tool_(use|result)|mcp_tool_listing|tool_(addition|removal)|web_fetch_tool_result|advisor_tool_result|((bash|text_editor)_)?code_execution_tool_result)|thread:(?!create$).*)$/;

/**
 * Objects that Anthropic stores. If a request names such an object, a 404 may be the caller's
 * error.
 */
export const STORED_OBJECTS = /^(source:file|block:container_upload|thread:continue)$/;

export const TAKEN_BETAS: ReadonlySet<string> = new Set([
  "compact-2026-01-12",
  "compact-2026-09-04",
  "computer-use-2025-01-24",
  "computer-use-2025-11-24",
  "context-1m-2025-08-07",
  "context-management-2025-06-27",
  "dangerous-tool-use-2026-09-03",
  "interleaved-thinking-2025-05-14",
  "per-turn-control-2026-07-01",
  "thinking-binding-controls-2026-08-01",
  "thinking-display-updates-2026-08-18",
  "tool-search-tool-2025-10-19",
  "web-search-2025-03-05",
]);
/** Betas that token counting refuses. They do not change the count. */
export const NOT_COUNTED_BETAS: ReadonlySet<string> = new Set(["web-search-2025-03-05"]);

/** Betas that have another name on Vertex. */
export const RENAMED_BETAS: ReadonlyMap<string, string> = new Map([
  ["advanced-tool-use-2025-11-20", "tool-search-tool-2025-10-19"],
]);

/**
 * Betas that can be left out, with any date. What they allow is generally available, is left out
 * itself, or is a member, a tool or a block that has its own entry in these tables.
 */
export const UNNEEDED_BETAS = new RegExp(
  `^(${[
    "advisor-tool",
    "cache-diagnosis",
    "claude-code",
    "code-execution",
    "effort",
    "extended-cache-ttl",
    "fallback-credit",
    "fast-mode",
    "files-api",
    "fine-grained-tool-streaming",
    "mcp-client",
    "message-batches",
    "message-threads",
    "mid-conversation-tool-changes",
    "oauth",
    "output-128k",
    "pdfs",
    "prompt-caching",
    "prompt-caching-scope",
    "server-side-fallback",
    "skills",
    "structured-outputs",
    "thinking-token-count",
    "token-counting",
    "token-efficient-tools",
    "user-profiles",
    "user-profiles-billing",
    "web-fetch",
  ].join("|")})-\\d{4}-?\\d{2}-?\\d{2}$`,
);

/** The `anthropic_version` of the body for each value of the caller's header. */
export const VERSIONS: ReadonlyMap<string, string> = new Map([
  ["2023-06-01", "vertex-2023-10-16"],
  ["2026-10-21", "2026-10-21"],
]);

export const VERTEX: Capabilities = {
  maxBodyBytes: MAX_VERTEX_BODY_BYTES,
  versions: VERSIONS,
  essentialFeatures: ESSENTIAL_FEATURES,
  takenMembers: TAKEN_MEMBERS,
  memberBetas: MEMBER_BETAS,
  takenBetas: TAKEN_BETAS,
};
