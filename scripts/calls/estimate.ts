/** What a command's calls will cost, as it says before it asks whether to make them. */
import { costOf, formatUsd } from "./prices.ts";

/** What a command asks. It is short, so that a call costs next to nothing. */
export const TEXT = "Reply with the word ok.";
export const MAX_TOKENS = 16;
/** Tokens of `TEXT` with everything around it, rounded up. */
const INPUT_TOKENS = 30;

export interface PlannedCalls {
  model: string;
  /** Who is expected to answer. */
  target: string;
  count: number;
}

export interface Estimate {
  calls: number;
  /** At most: every answer as long as it may be. */
  tokens: number;
  /** Undefined if a model has no price. */
  usd: number | undefined;
}

export function estimate(planned: readonly PlannedCalls[]): Estimate {
  const calls = planned.reduce((sum, { count }) => sum + count, 0);
  const costs = planned.map(({ model, target, count }) =>
    costOf(model, target, { inputTokens: INPUT_TOKENS * count, outputTokens: MAX_TOKENS * count }),
  );
  const known = costs.filter((cost) => cost !== undefined);
  return {
    calls,
    tokens: calls * (INPUT_TOKENS + MAX_TOKENS),
    usd: known.length < costs.length ? undefined : known.reduce((sum, cost) => sum + cost, 0),
  };
}

export function describeEstimate({ calls, tokens, usd }: Estimate): string {
  const cost = usd === undefined ? "their price is not known" : `estimated ${formatUsd(usd)}`;
  const number = (value: number) => value.toLocaleString("en-US");
  return `${number(calls)} ${calls === 1 ? "call" : "calls"} with at most ${number(tokens)} tokens: ${cost}.`;
}
