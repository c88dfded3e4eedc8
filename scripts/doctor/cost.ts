/** Says what the one-token calls cost, before they are made. */
import { costOf, formatUsd } from "../calls/prices.ts";
import { type Found, fine } from "./found.ts";
import type { InUse } from "./models-in-use.ts";

/** Of the question, rounded up. */
const CALL = { inputTokens: 10, outputTokens: 1 };

export function costOfCalls({ models, served }: InUse): Found<undefined> {
  const calls = [
    ...served.map(({ model, location }) => ({ model, target: `vertex/${location}` })),
    ...models.slice(0, 1).map((model) => ({ model, target: "anthropic" })),
  ];
  const costs = calls.map(({ model, target }) => costOf(model, target, CALL));
  const known = costs.filter((cost) => cost !== undefined);
  const usd = formatUsd(known.reduce((sum, cost) => sum + cost, 0));
  const price = known.length === costs.length ? `estimated ${usd}` : "their price is not known";
  return fine(`${calls.length} of one token, ${price}; --no-calls leaves them out`);
}
