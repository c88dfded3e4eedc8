/**
 * Decides which words about a request may be in the log. A header may repeat a name that the caller
 * has sent. The log has only names from this file or from the tables of what the platforms take; any
 * other name is replaced by its kind.
 */
import { BEDROCK } from "./targets/bedrock-capabilities.ts";
import {
  MEMBER_BETAS,
  NOT_COUNTED,
  TAKEN_BETAS,
  TAKEN_MEMBERS,
  UNNEEDED_BETAS,
  UNNEEDED_MEMBERS,
} from "./targets/vertex-capabilities.ts";

const MEMBERS: ReadonlySet<string> = new Set([
  ...TAKEN_MEMBERS,
  ...UNNEEDED_MEMBERS,
  ...NOT_COUNTED,
  ...MEMBER_BETAS.keys(),
  // Members that Vertex lacks. Source: @anthropic-ai/sdk, `MessageCreateParams`.
  ...["container", "fallbacks", "inference_geo", "mcp_servers", "output_format", "thread"],
]);
/** Words that repeat nothing of the request. */
const OWN_WORDS: ReadonlySet<string> = new Set([
  "cache_control.scope",
  "count_tokens_not_in_locations",
  "memory",
  "model_not_in_locations",
  "model_not_on_bedrock",
  "model_not_on_vertex",
  "too_large",
  "too_many_types",
  "type",
  "unknown_model",
  "version",
]);

/** @param skipped the value of `x-failover-skipped`, with or without the names of platforms */
export function loggableSkipped(skipped: string): string {
  return skipped.replace(/[^;=]+(?=;|$)/g, loggable);
}

/** @param word a reason of `x-failover-skipped`, or a part of `x-failover-omitted` */
export function loggable(word: string): string {
  if (OWN_WORDS.has(word) || MEMBERS.has(word)) return word;
  const [kind = "", name = ""] = word.split(":");
  switch (kind) {
    case "beta":
      if (TAKEN_BETAS.has(name)) return word;
      // Any date is accepted, so the caller chooses it.
      return UNNEEDED_BETAS.test(name) ? word.replace(/-\d{4}-?\d\d-?\d\d$/, "") : kind;
    // Bedrock's list contains Vertex's.
    case "source":
    case "tool":
    case "block":
      return BEDROCK.essentialFeatures.test(word) ? word.replace(/_\d+$/, "") : kind;
    case "thread":
      return word === "thread:continue" ? word : kind;
    default:
      return kind === "member" && MEMBERS.has(name) ? `member:${name}` : "member";
  }
}
