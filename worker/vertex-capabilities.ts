/**
 * The one table of what Claude on Vertex refuses. Members that change nothing are left out and reported; members that
 * change what the answer means remove the Vertex steps. A beta header and its member travel together: half of the pair is
 * a 400 there. Sources: platform.claude.com "Claude on Vertex AI" (feature table), @anthropic-ai/vertex-sdk, and LiteLLM's
 * map of the betas that Vertex takes (October 2026).
 */
import type { RequestBody } from "./request-body.ts";

/** Left out of the Vertex step: routing and billing wishes that only Anthropic's own platform knows. */
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

/** Betas that rawPredict and streamRawPredict take; any other value is a 400 there. */
const ALLOWED_BETAS = new Set([
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

/** Members that Vertex takes only together with a beta. */
const MEMBER_BETAS: Readonly<Record<string, string>> = {
  context_management: "context-management-2025-06-27",
};

export interface VertexAdaptation {
  omittedMembers: ReadonlySet<string>;
  betas: readonly string[];
  /** For `x-failover-omitted`: members as they are, betas as `beta:name`. */
  report: readonly string[];
}

export function adaptForVertex(
  body: RequestBody,
  betas: readonly string[],
): { ok: true; adaptation: VertexAdaptation } | { ok: false; reason: string } {
  const names = [...body.members.keys()];
  const essential = names.find((name) => ESSENTIAL_MEMBERS.has(name));
  if (essential) return { ok: false, reason: `member:${essential}` };
  const keptBetas = betas.filter((beta) => ALLOWED_BETAS.has(beta));
  const omittedMembers = names.filter((name) => {
    const beta = MEMBER_BETAS[name];
    return OMITTED_MEMBERS.has(name) || (beta !== undefined && !keptBetas.includes(beta));
  });
  const droppedBetas = betas.filter((beta) => !ALLOWED_BETAS.has(beta));
  return {
    ok: true,
    adaptation: {
      omittedMembers: new Set(omittedMembers),
      betas: keptBetas,
      report: [...omittedMembers, ...droppedBetas.map((beta) => `beta:${beta}`)],
    },
  };
}
