/**
 * The table of what Claude on Amazon Bedrock (Mantle) accepts, in the three classes of `fit.ts`.
 * What changes nothing on Vertex changes nothing here either, so those tables serve both.
 *
 * Sources: platform.claude.com "Claude in Amazon Bedrock" (features), "Versioning" (2026-10-21 only
 * for Claude 4.7 and later); BerriAI/litellm (its map of the betas that Bedrock Mantle accepts,
 * October 2026); @anthropic-ai/bedrock-sdk 1.1.3. Where two of them disagree, the stricter one is
 * followed: the map has betas of the web search and of structured outputs, which the page calls not
 * supported.
 */
import type { Capabilities } from "./capabilities.ts";
import { ESSENTIAL_FEATURES, TAKEN_MEMBERS } from "./vertex-capabilities.ts";

/** Amazon's limit for a body of InvokeModel. No page has a limit of Mantle. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;

/** The version is a header, as on Anthropic's API. */
const MEMBERS: ReadonlySet<string> = new Set([...TAKEN_MEMBERS].filter((member) => member !== "anthropic_version"));

const CONTEXT_BETAS = ["context-management-2025-06-27", "compact-2026-01-12"] as const;

export const BEDROCK: Capabilities = {
  maxBodyBytes: MAX_BODY_BYTES,
  versions: new Map(["2023-06-01", "2026-10-21"].map((version) => [version, version])),
  essentialFeatures: new RegExp(`${ESSENTIAL_FEATURES.source}|^(tool:web_search_\\d+|block:web_search_tool_result)$`),
  takenMembers: MEMBERS,
  memberBetas: new Map([["context_management", CONTEXT_BETAS]]),
  takenBetas: new Set([
    ...CONTEXT_BETAS,
    "computer-use-2025-01-24",
    "computer-use-2025-11-24",
    "context-1m-2025-08-07",
    "dangerous-tool-use-2026-09-03",
    "interleaved-thinking-2025-05-14",
    "per-turn-control-2026-07-01",
    "thinking-binding-controls-2026-08-01",
    "thinking-display-updates-2026-08-18",
    "tool-search-tool-2025-10-19",
  ]),
};
