/**
 * What Claude on Vertex takes and refuses, as the model layer says it. The truth of the local cloud, kept apart from the
 * Worker's own table on purpose: where one of them is wrong the end-to-end tests go red.
 * Sources: [1] platform.claude.com "Claude on Vertex AI" (feature table), [2] @anthropic-ai/vertex-sdk, [3] LiteLLM's map of
 * the betas that Vertex takes (October 2026), [4] claude-code#21612 and #37746, OpenHands#1630, [5] Google's count-tokens page,
 * [6] platform.claude.com "Beta headers", [7] reports of the API's answer to an unknown type of tool.
 */
import { servedSomewhereByVertex } from "../claude/models.ts";

export type VertexMethod = "predict" | "countTokens";

/** [2]; both appear in a body of the SDK's. */
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
  // Seen to be refused there; which others are is not established.
  countTokens: new Set(PREDICT_BETAS.filter((beta) => beta !== "web-search-2025-03-05")),
};

/** [5] names these; whether us, eu and global count too is not established. */
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
/** Members that are refused without one of their betas. [4]; compaction is an edit of the context with a beta of its own [3] */
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

/** @param vertexId from the path; where tokens are counted, from the body */
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
  return `Unexpected value(s) ${unknown.join(", ")} for the \`anthropic-beta\` header. Please consult our documentation at platform.claude.com/docs or try again without the header.`;
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
  return `tools.${at}: Input tag '${tools[at].type}' found using 'type' does not match any of the expected tags`;
}

/** At any depth: tool results hold blocks as well. */
function problemWithSources(value: unknown, path: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { type, source } = value as { type?: unknown; source?: { type?: unknown } | null };
  if (SOURCED_BLOCKS.has(String(type)) && REFUSED_SOURCES.has(String(source?.type))) {
    return `${path}.${type}.source: Input tag '${source?.type}' found using 'type' does not match any of the expected tags`;
  }
  for (const [key, inner] of Object.entries(value)) {
    const problem = problemWithSources(inner, `${path}.${key}`);
    if (problem) return problem;
  }
  return undefined;
}

/** LiteLLM takes it out for Vertex (`cache_control.scope`). [3] */
function problemWithCacheScope(value: unknown, path = ""): string | undefined {
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

/** The body of a count names a model that Google serves anywhere: the method has locations of its own. */
export function countsFor(vertexId: unknown, day: string): boolean {
  return typeof vertexId === "string" && servedSomewhereByVertex(vertexId, day) !== undefined;
}
