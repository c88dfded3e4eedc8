/**
 * The one table of what Claude on Vertex refuses. What changes nothing is left out and reported; what changes the answer's
 * meaning removes the Vertex steps. A beta header and its member travel together: half of the pair is a 400 there. Sources:
 * platform.claude.com "Claude on Vertex AI" (features) and "Token counting", @anthropic-ai/vertex-sdk, BerriAI/litellm (its map
 * of the betas that Vertex takes, October 2026; #39597 for count_tokens).
 */
import type { Method } from "./methods.ts";
import type { RequestBody } from "./request-body.ts";

/** The most that one request may have. */
export const MAX_VERTEX_BODY_BYTES = 30 * 1024 * 1024;

/** Left out: wishes about routing and billing that only Anthropic's own platform knows. */
const OMITTED_MEMBERS = new Set([
  "service_tier",
  "speed",
  "diagnostics",
  "billing_policy",
  "fallback_credit_token",
  "user_profile_id",
  "workspace_id",
]);

/** Without these the answer would be another one, or be made in another place than the caller asked for. */
const ESSENTIAL_MEMBERS = new Set(["mcp_servers", "container", "fallbacks", "thread", "inference_geo"]);

/** Types in a body that need what only Anthropic's own platform has; a name ends where a version's date begins. */
const ESSENTIAL_FEATURES =
  /^(source:(url|file)|tool:(code_execution|web_fetch|advisor|mcp_toolset|computer_toolset|browser_toolset)(_\d+)?|block:(container_upload|mcp_tool_(use|result)|web_fetch_tool_result|advisor_tool_result|((bash|text_editor)_)?code_execution_tool_result))$/;

/** Betas that a method takes on Vertex; any other value is a 400 there. */
const ALLOWED_BETAS: Readonly<Record<Method["name"], ReadonlySet<string>>> = {
  messages: new Set([
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
  ]),
  count_tokens: new Set([
    "context-1m-2025-08-07",
    "context-management-2025-06-27",
    "interleaved-thinking-2025-05-14",
    "tool-search-tool-2025-10-19",
  ]),
};

/** Betas that have another name there. */
const RENAMED_BETAS: Readonly<Record<string, string>> = {
  "advanced-tool-use-2025-11-20": "tool-search-tool-2025-10-19",
};

/** Members that Vertex takes only together with a beta. */
const MEMBER_BETAS: Readonly<Record<string, string>> = {
  context_management: "context-management-2025-06-27",
};

/** Members of /v1/messages that counting has no use for and refuses. */
const NOT_COUNTED = new Set(["max_tokens", "stream", "temperature", "top_p", "top_k", "stop_sequences", "metadata"]);

export interface VertexAdaptation {
  omittedMembers: ReadonlySet<string>;
  betas: readonly string[];
  /** For `x-failover-omitted`: members as they are, betas as `beta:name`. */
  report: readonly string[];
}

/** What this isolate has learned from Vertex's own 400s: names of members, and betas as `beta:name`. */
export type Learned = ReadonlySet<string>;

/** @returns a word for `x-failover-skipped` where no Vertex step can mean the same; undefined where one can. */
export function unservable(body: RequestBody): string | undefined {
  for (const name of body.members.keys()) if (ESSENTIAL_MEMBERS.has(name)) return `member:${name}`;
  for (const feature of body.features) if (ESSENTIAL_FEATURES.test(feature)) return feature;
  return undefined;
}

export function adaptForVertex(
  body: RequestBody,
  betas: readonly string[],
  method: Method,
  learned: Learned,
): VertexAdaptation {
  const keptBetas = new Set<string>();
  const droppedBetas: string[] = [];
  for (const beta of betas) {
    const name = RENAMED_BETAS[beta] ?? beta;
    if (ALLOWED_BETAS[method.name].has(name) && !learned.has(`beta:${name}`)) keptBetas.add(name);
    else droppedBetas.push(`beta:${beta}`);
  }
  const omittedMembers = [...body.members.keys()].filter((name) => {
    const beta = MEMBER_BETAS[name];
    return (
      OMITTED_MEMBERS.has(name) ||
      learned.has(name) ||
      (beta !== undefined && !keptBetas.has(beta)) ||
      (method.name === "count_tokens" && NOT_COUNTED.has(name))
    );
  });
  return {
    omittedMembers: new Set(omittedMembers),
    betas: [...keptBetas],
    report: [...omittedMembers, ...droppedBetas],
  };
}
