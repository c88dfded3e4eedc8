/**
 * The statistics of the measurements. Other work on the machine slows a whole round, so values are
 * compared within a round, and the median over the rounds is reported. Its interval follows from
 * the binomial distribution alone (the sign test), so it holds for any shape of noise.
 */

export interface Interval {
  median: number;
  /** The true median is between `low` and `high` with at least 95 %, if there are enough values. */
  low: number;
  high: number;
}

const MOST_OUTSIDE = 0.05;

export function median(values: readonly number[]): number {
  return (at(values, (values.length - 1) >> 1) + at(values, values.length >> 1)) / 2;
}

/** @param share from 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  return at(values, Math.min(values.length - 1, Math.floor(share * values.length)));
}

/** With fewer than six values no interval has 95 %. Then it spans all values. */
export function interval(values: readonly number[]): Interval {
  const cut = valuesToCut(values.length);
  return { median: median(values), low: at(values, cut), high: at(values, values.length - 1 - cut) };
}

/** @returns each value divided by the base's value of the same round */
export function ratios(values: readonly number[], base: readonly number[]): number[] {
  return values.map((value, round) => value / (base[round] ?? Number.NaN));
}

/** @returns each value minus the base's value of the same round */
export function differences(values: readonly number[], base: readonly number[]): number[] {
  return values.map((value, round) => value - (base[round] ?? Number.NaN));
}

/** @returns the value at this place in ascending order */
function at(values: readonly number[], place: number): number {
  const value = values.toSorted((a, b) => a - b)[place];
  if (value === undefined) throw new Error("there are no values");
  return value;
}

/** @returns how many values can be cut off at each end without losing the confidence */
function valuesToCut(count: number): number {
  // The probability that exactly `below` of the values are below the true median.
  let probability = 0.5 ** count;
  let outside = 0;
  for (let below = 0; below < count / 2; below++) {
    outside += 2 * probability;
    if (outside > MOST_OUTSIDE) return Math.max(below - 1, 0);
    probability *= (count - below) / (below + 1);
  }
  return 0;
}
