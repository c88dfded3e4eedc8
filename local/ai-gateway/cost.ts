/**
 * What a logged call costs. The log of the real gateway has the providers' prices; these are round
 * numbers for each line of models, without prices of caches, and nobody's price list.
 */

/** In dollars per million tokens. */
const PRICES: readonly { line: RegExp; input: number; output: number }[] = [
  { line: /haiku/, input: 1, output: 5 },
  { line: /sonnet/, input: 3, output: 15 },
  { line: /opus/, input: 5, output: 25 },
  { line: /fable|mythos/, input: 10, output: 50 },
];

export function costOf(model: string, tokensIn: number | null, tokensOut: number | null): number {
  const price = PRICES.find(({ line }) => line.test(model)) ?? { input: 0, output: 0 };
  return ((tokensIn ?? 0) * price.input + (tokensOut ?? 0) * price.output) / 1_000_000;
}
