/**
 * What Claude on Amazon Bedrock (Mantle) accepts and refuses. This table is separate from the
 * Worker's own table on purpose: when one of them is wrong, an end-to-end test fails. Sources: [1]
 * platform.claude.com "Claude in Amazon Bedrock" (features not supported), [2] LiteLLM's map of the
 * betas that Bedrock Mantle accepts (October 2026), [3] platform.claude.com "Versioning", [4]
 * reports of `Extra inputs are not permitted` from Mantle for structured outputs (October 2026). The
 * texts are those of Anthropic's model layer, which [4] shows for one of them.
 */
import { problemWithCacheScope, problemWithSources, unknownTag } from "../vertex/rules.ts";

const BETAS: ReadonlySet<string> = new Set([
  "claude-code-20250219",
  "compact-2026-01-12",
  "computer-use-2025-01-24",
  "computer-use-2025-11-24",
  "context-1m-2025-08-07",
  "context-management-2025-06-27",
  "dangerous-tool-use-2026-09-03",
  "effort-2025-11-24",
  "fine-grained-tool-streaming-2025-05-14",
  "interleaved-thinking-2025-05-14",
  "output-128k-2025-02-19",
  "per-turn-control-2026-07-01",
  "thinking-binding-controls-2026-08-01",
  "thinking-display-updates-2026-08-18",
  "token-efficient-tools-2025-02-19",
  "tool-examples-2025-10-29",
  "tool-search-tool-2025-10-19",
]);
/** [1] */
const REFUSED_MEMBERS = [
  "anthropic_version",
  "container",
  "diagnostics",
  "fallbacks",
  "mcp_servers",
  "output_format",
  "service_tier",
  "speed",
  "thread",
];
const MEMBER_BETAS = ["context-management-2025-06-27", "compact-2026-01-12"];
/** [1] */
const REFUSED_TOOLS =
  /^(code_execution_|web_fetch_|web_search_|advisor|computer_toolset_|browser_toolset_|mcp_toolset)/;
/** [3]: members that the version no longer has. */
const VERSIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["2023-06-01", []],
  ["2026-10-21", ["temperature", "top_p", "top_k"]],
]);
/** [3]: older than Claude 4.7. */
const LACKS_NEWER_VERSION = "anthropic.claude-haiku-4-5";

type Body = Readonly<Record<string, unknown>>;

/** The first problem with a request, in the API's words; undefined if it is accepted. */
export function refusedByBedrock(body: Body, version: string | undefined, beta: string): string | undefined {
  return (
    problemWithVersion(body, version) ??
    problemWithBetas(beta) ??
    problemWithMembers(body, version, beta) ??
    problemWithTools(body.tools) ??
    problemWithSources(body.messages, "messages") ??
    problemWithCacheScope(body)
  );
}

function problemWithVersion({ model }: Body, version: string | undefined): string | undefined {
  if (version === undefined) return "anthropic-version: header is required";
  const isKnown = VERSIONS.has(version) && !(version === "2026-10-21" && model === LACKS_NEWER_VERSION);
  return isKnown ? undefined : `anthropic-version: ${JSON.stringify(version)} is not a valid version`;
}

function problemWithBetas(beta: string): string | undefined {
  const unknown = namesIn(beta).find((name) => !BETAS.has(name));
  return unknown && `Unexpected value(s) \`${unknown}\` for the \`anthropic-beta\` header.`;
}

function problemWithMembers(body: Body, version = "", beta = ""): string | undefined {
  const hasContextBeta = namesIn(beta).some((name) => MEMBER_BETAS.includes(name));
  const refused = [
    ...REFUSED_MEMBERS,
    ...(VERSIONS.get(version) ?? []),
    ...(hasContextBeta ? [] : ["context_management"]),
    "compaction",
  ].find((member) => member in body);
  if (refused) return `${refused}: Extra inputs are not permitted`;
  const { output_config: config } = body;
  const wantsSchema = typeof config === "object" && config !== null && "format" in config;
  return wantsSchema ? "output_config.format: Extra inputs are not permitted" : undefined;
}

/** [1] and [4] */
function problemWithTools(tools: unknown): string | undefined {
  if (!Array.isArray(tools)) return undefined;
  for (const [at, tool] of tools.entries()) {
    if (REFUSED_TOOLS.test(String(tool?.type))) return `tools.${at}: ${unknownTag(tool.type)}`;
    if (tool?.strict !== undefined) return `tools.${at}.custom.strict: Extra inputs are not permitted`;
  }
  return undefined;
}

function namesIn(beta: string): string[] {
  return beta.split(",").flatMap((name) => name.trim() || []);
}
