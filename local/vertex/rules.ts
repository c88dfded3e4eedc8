/**
 * What Claude on Vertex accepts and refuses, with the model layer's error texts. This table is
 * separate from the Worker's own table on purpose: when one of them is wrong, an end-to-end test
 * fails. Sources: [1] platform.claude.com "Claude on Vertex AI" (feature table), [2]
 * @anthropic-ai/vertex-sdk, [3] LiteLLM's list of betas that Vertex accepts (October 2026), [4]
 * claude-code#21612 and #37746, OpenHands#1630, [5] Google's count-tokens page, [6]
 * platform.claude.com "Beta headers", [7] issues that quote the API's answer to an unknown tool
 * type.
 */
import { servedSomewhereByVertex } from "../claude/models.ts";

export type VertexMethod = "predict" | "countTokens";

/** [2]: bodies from the SDK contain both. */
const VERSIONS = new Set(["vertex-2023-10-16", "2026-10-21"]);

/** [3] */
const PREDICT_BETAS = [
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
];
const BETAS: Readonly<Record<VertexMethod, ReadonlySet<string>>> = {
  predict: new Set(PREDICT_BETAS),
  // Observed: token counting refuses this beta. Which other betas it refuses is not known.
  countTokens: new Set(PREDICT_BETAS.filter((beta) => beta !== "web-search-2025-03-05")),
};

/** [5] lists these. Whether us, eu and global also count tokens is not known. */
export const COUNT_TOKENS_LOCATIONS: ReadonlySet<string> = new Set(["us-east5", "europe-west1", "asia-southeast1"]);

/** [1] */
const REFUSED_MEMBERS = [
  "service_tier",
  "speed",
  "inference_geo",
  "container",
  "mcp_servers",
  "fallbacks",
  "diagnostics",
  "thread",
  "user_profile_id",
  "workspace_id",
  "billing_policy",
  "fallback_credit_token",
];
/** Members that need one of these betas. [4] Compaction is a context edit with its own beta. [3] */
const MEMBER_BETAS: Readonly<Record<string, readonly string[]>> = {
  context_management: ["context-management-2025-06-27", "compact-2026-01-12"],
};
/** [1]: image and document sources must be inline. */
const REFUSED_SOURCES = new Set(["url", "file"]);
const SOURCED_BLOCKS = new Set(["image", "document"]);
/** [1] */
const REFUSED_TOOLS =
  /^(code_execution_|web_fetch_|advisor|computer_toolset_20260801$|browser_toolset_20260801$|mcp_toolset)/;

type Body = Readonly<Record<string, unknown>>;

/** @param vertexId from the path; for token counting, from the body */
export function refusedByVertex(method: VertexMethod, body: Body, beta: string, vertexId: string): string | undefined {
  const betas = beta.split(",").flatMap((value) => value.trim() || []);
  return (
    problemWithBetas(method, betas) ??
    problemWithVersion(body) ??
    problemWithMembers(method, body, betas, vertexId) ??
    problemWithTools(body.tools) ??
    problemWithSources(body.messages, "messages") ??
    problemWithCacheScope(body)
  );
}

/** [6] */
function problemWithBetas(method: VertexMethod, betas: readonly string[]): string | undefined {
  const unknown = betas.filter((beta) => !BETAS[method].has(beta)).map((beta) => `\`${beta}\``);
  if (unknown.length === 0) return undefined;
  return (
    `Unexpected value(s) ${unknown.join(", ")} for the \`anthropic-beta\` header. ` +
    "Please consult our documentation at platform.claude.com/docs or try again without the header."
  );
}

function problemWithVersion({ anthropic_version: version }: Body): string | undefined {
  if (version === undefined) return "anthropic_version: Field required";
  return VERSIONS.has(String(version)) ? undefined : "anthropic_version: Input should be 'vertex-2023-10-16'";
}

function problemWithMembers(method: VertexMethod, body: Body, betas: readonly string[], vertexId: string) {
  const refused = [
    ...(method === "predict" ? ["model"] : []),
    ...REFUSED_MEMBERS,
    ...Object.entries(MEMBER_BETAS).flatMap(([member, known]) =>
      known.some((beta) => betas.includes(beta)) ? [] : member,
    ),
    ...(hasOutputConfig(vertexId) ? [] : ["output_config"]),
  ];
  const found = refused.find((member) => member in body);
  return found && `${found}: Extra inputs are not permitted`;
}

/** Models up to 4.5, whose Vertex ids carry a date, have no `output_config`. [4] */
function hasOutputConfig(vertexId: string): boolean {
  return !vertexId.includes("@");
}

/** [7] */
function problemWithTools(tools: unknown): string | undefined {
  if (!Array.isArray(tools)) return undefined;
  const at = tools.findIndex((tool) => REFUSED_TOOLS.test(String(tool?.type)));
  if (at < 0) return undefined;
  return `tools.${at}: ${unknownTag(tools[at].type)}`;
}

export function unknownTag(type: unknown): string {
  return `Input tag '${type}' found using 'type' does not match any of the expected tags`;
}

/** Checks every depth, because tool results contain blocks too. */
export function problemWithSources(value: unknown, path: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { type, source } = value as { type?: unknown; source?: { type?: unknown } | null };
  if (SOURCED_BLOCKS.has(String(type)) && REFUSED_SOURCES.has(String(source?.type))) {
    return `${path}.${type}.source: ${unknownTag(source?.type)}`;
  }
  for (const [key, inner] of Object.entries(value)) {
    const problem = problemWithSources(inner, `${path}.${key}`);
    if (problem) return problem;
  }
  return undefined;
}

/** LiteLLM removes `cache_control.scope` for Vertex, and its beta for Bedrock. [3] */
export function problemWithCacheScope(value: unknown, path = ""): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const at = path === "" ? key : `${path}.${key}`;
    if (key === "cache_control" && typeof inner === "object" && inner !== null && "scope" in inner) {
      return `${at}.ephemeral.scope: Extra inputs are not permitted`;
    }
    const problem = problemWithCacheScope(inner, at);
    if (problem) return problem;
  }
  return undefined;
}

/** Whether tokens can be counted for a model: Google must serve it in any location. */
export function canCountTokensFor(vertexId: unknown, day: string): boolean {
  return typeof vertexId === "string" && servedSomewhereByVertex(vertexId, day) !== undefined;
}
