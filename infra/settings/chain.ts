/** The order of the providers: its default, and the rule that it has each used provider once. */
import type { Settings } from "./index.ts";
import { type Rule, repeated } from "./rule.ts";

type Chain = NonNullable<Settings["chain"]>;

/** The order of a stack that names none. */
export function defaultChain(bedrock: Settings["bedrock"]): Chain {
  return ["anthropic", "vertex", ...(bedrock ? (["bedrock"] as const) : [])];
}

/** @returns the order with each used provider once: those that were given first, in their order */
function corrected(given: Chain, used: Chain): Chain {
  return [...new Set([...given.filter((provider) => used.includes(provider)), ...used])];
}

export const CHAIN_RULE: Rule = {
  reads: ["chain", "bedrock"],
  faults({ chain, bedrock }) {
    const used = defaultChain(bedrock);
    if (chain === undefined) return [];
    const problems = [
      ...repeated(chain).map((provider) => `${provider} is named twice`),
      ...used.filter((provider) => !chain.includes(provider)).map((provider) => `${provider} is missing`),
      ...(chain.includes("bedrock") && !bedrock ? ["bedrock is not used, because the setting bedrock is absent"] : []),
    ];
    return problems.map((problem) => ({
      key: "chain",
      where: "chain",
      problem,
      repair: { kind: "set", change: () => corrected(chain, used) },
    }));
  },
};
