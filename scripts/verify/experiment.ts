/** What an experiment is: its cost, which is said before it runs, and the run itself. */
import { costOf } from "../calls/prices.ts";
import type { Finding } from "./finding.ts";
import type { Lab } from "./lab.ts";
import type { Plan } from "./plan.ts";

export interface Cost {
  /** About how many requests, to any cloud. */
  requests: number;
  /** Calls that a provider charges for. */
  calls?: readonly ChargedCall[];
  /** Data that is sent, where it is worth a word. Two points with the same one send it once. */
  sends?: { what: string; mb: number };
  /** What is made and deleted again. */
  makes?: readonly string[];
}

export interface ChargedCall {
  model: string;
  /** Who answers, such as `vertex/us`. */
  target: string;
  inputTokens: number;
  outputTokens: number;
}

export interface Experiment {
  /** Whether it needs Google credentials of the caller. */
  usesGoogle?: true;
  cost(plan: Plan): Cost;
  run(lab: Lab): Promise<Finding>;
}

/** A call with the short question and one token of answer. */
export function oneToken(model: string, target: string): ChargedCall {
  return { model, target, inputTokens: 20, outputTokens: 1 };
}

export interface TotalCost {
  requests: number;
  /** At most. */
  tokens: number;
  /** Undefined if a model has no price. */
  usd: number | undefined;
  uploadMb: number;
  makes: string[];
}

export function totalOf(costs: readonly Cost[]): TotalCost {
  const calls = costs.flatMap((cost) => cost.calls ?? []);
  const prices = calls.map(({ model, target, ...tokens }) => costOf(model, target, tokens));
  return {
    requests: sum(costs.map(({ requests }) => requests)),
    tokens: sum(calls.map(({ inputTokens, outputTokens }) => inputTokens + outputTokens)),
    usd: prices.includes(undefined) ? undefined : sum(prices.map((price) => price ?? 0)),
    uploadMb: sum([...new Map(costs.flatMap(({ sends }) => (sends ? [[sends.what, sends.mb]] : []))).values()]),
    makes: [...new Set(costs.flatMap(({ makes }) => makes ?? []))],
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
