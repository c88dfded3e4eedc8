/**
 * Decides which words about a request may be in the log. A header may repeat a name that the caller
 * has sent. The log has only names from this file or from the table of what Vertex takes; any other
 * name is replaced by its kind.
 */
import {
  ESSENTIAL_FEATURES,
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
  "model_not_on_vertex",
  "too_large",
  "too_many_types",
  "type",
  "unknown_model",
  "version",
]);

/** @param word of `x-failover-skipped` or `x-failover-omitted` */
export function loggable(word: string): string {
  if (OWN_WORDS.has(word) || MEMBERS.has(word)) return word;
  const [kind = "", name = ""] = word.split(":");
  switch (kind) {
    case "beta":
      if (TAKEN_BETAS.has(name)) return word;
      // Any date is accepted, so the caller chooses it.
      return UNNEEDED_BETAS.test(name) ? word.replace(/-\d{4}-?\d\d-?\d\d$/, "") : kind;
    case "source":
    case "tool":
    case "block":
      return ESSENTIAL_FEATURES.test(word) ? word.replace(/_\d+$/, "") : kind;
    case "thread":
      return word === "thread:continue" ? word : kind;
    default:
      return kind === "member" && MEMBERS.has(name) ? `member:${name}` : "member";
  }
}
