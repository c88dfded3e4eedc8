/**
 * The one table of what Claude on Vertex takes. Each member and beta of a request is in one of
 * three classes: Vertex takes it; it changes nothing about the answer, so Vertex is not sent it,
 * and that is reported; or it changes the answer, so Vertex is not asked. What is in no class
 * changes the answer. A beta header and its member travel together: half of the pair is a 400
 * there.
 *
 * Sources: platform.claude.com "Claude on Vertex AI" (features) and "Token counting";
 * @anthropic-ai/sdk (`MessageCreateParams`, `AnthropicBeta`) and @anthropic-ai/vertex-sdk;
 * BerriAI/litellm (its map of the betas that Vertex takes, October 2026; #39597 for count_tokens).
 */
/** The most that one request may have. */
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

/** Taken only together with one of these betas. */
export const MEMBER_BETAS: ReadonlyMap<string, readonly string[]> = new Map([
  ["context_management", ["context-management-2025-06-27", "compact-2026-01-12"]],
  ["compaction", ["compact-2026-09-04"]],
]);

/** Wishes about capacity, billing and diagnosis, which only Anthropic's own platform knows. */
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
 * Of those that Vertex takes: left out if it refuses them one day, since no answer depends on them.
 */
export const DISPENSABLE_MEMBERS: ReadonlySet<string> = new Set(["metadata", "cache_control"]);

/** Members of /v1/messages that counting has no use for and refuses. */
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
 * Types in a body that only Anthropic's own platform supports. Names are given without the date of
 * their version.
 */
export const ESSENTIAL_FEATURES =
  /^(source:(url|file)|tool:(code_execution|web_fetch|advisor|mcp_toolset|computer_toolset|browser_toolset)(_\d+)?|block:(container_upload|mcp_tool_(use|result)|mcp_tool_listing|tool_(addition|removal)|web_fetch_tool_result|advisor_tool_result|((bash|text_editor)_)?code_execution_tool_result)|thread:(?!create$).*)$/;

/** Objects that Anthropic stores: for a request that names one, a 404 may be the caller's error. */
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
/** Counting refuses these, and counts alike without them. */
export const NOT_COUNTED_BETAS: ReadonlySet<string> = new Set(["web-search-2025-03-05"]);

/** Betas that have another name there. */
export const RENAMED_BETAS: ReadonlyMap<string, string> = new Map([
  ["advanced-tool-use-2025-11-20", "tool-search-tool-2025-10-19"],
]);

/**
 * Betas that change nothing by themselves: what they allow is generally available, is left out, or
 * is a member, a tool or a block that is looked at for itself. All dates of a family.
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

/** The body's `anthropic_version` by the caller's header. */
export const VERSIONS: ReadonlyMap<string, string> = new Map([
  ["2023-06-01", "vertex-2023-10-16"],
  ["2026-10-21", "2026-10-21"],
]);
