/**
 * What calls cost, by Anthropic's list prices. An estimate: contracts, batches and prompt caches
 * have other prices. Sources: platform.claude.com "Pricing" (read 2026-11-26 from a copy of October
 * 2026) for all models up to Opus 5.5 and Fable 5.1; Fable 5.2 and Mythos 5.2 from announcements that
 * name Anthropic's list price (November 10, 2026).
 */

export interface Price {
  /** US dollars for a million tokens. */
  input: number;
  output: number;
}

/** The first match counts. Haiku 5.5 costs more for prompts of over 100,000 tokens, which no command sends. */
const PRICES: readonly (readonly [model: RegExp, price: Price])[] = [
  [/^claude-(fable|mythos)-5-2/, { input: 8, output: 40 }],
  [/^claude-(fable|mythos)-/, { input: 10, output: 50 }],
  [/^claude-opus-5-5/, { input: 4, output: 20 }],
  [/^claude-opus-(4-[5-9]|5)/, { input: 5, output: 25 }],
  [/^claude-opus-4/, { input: 15, output: 75 }],
  [/^claude-sonnet-5/, { input: 2, output: 10 }],
  [/^claude-(3-5-)?sonnet/, { input: 3, output: 15 }],
  [/^claude-haiku-5-5/, { input: 0.1, output: 0.5 }],
  [/^claude-haiku-4/, { input: 1, output: 5 }],
];
/**
 * Vertex's regions and multi-regions cost a tenth more than its global endpoint, and so do Bedrock's
 * regional endpoints. Same source, and platform.claude.com "Claude in Amazon Bedrock".
 */
const REGIONAL_FACTOR = 1.1;

export interface Tokens {
  inputTokens: number;
  outputTokens: number;
}

/** Undefined: the table has no price for the model. */
export function priceOf(model: string): Price | undefined {
  return PRICES.find(([pattern]) => pattern.test(model))?.[1];
}

/**
 * @param target who answers, such as `vertex/us`
 * @returns US dollars; undefined if the model has no price
 */
export function costOf(model: string, target: string | undefined, tokens: Tokens): number | undefined {
  const price = priceOf(model);
  if (!price) return undefined;
  const isRegional = target?.includes("/") && target !== "vertex/global";
  const usd = (tokens.inputTokens * price.input + tokens.outputTokens * price.output) / 1_000_000;
  return isRegional ? usd * REGIONAL_FACTOR : usd;
}

/** Small sums keep two digits that say something: `$0.00012`. */
export function formatUsd(usd: number): string {
  if (usd === 0) return "$0";
  return usd >= 0.1 ? `$${usd.toFixed(2)}` : `$${usd.toFixed(Math.min(8, 1 - Math.floor(Math.log10(usd))))}`;
}
