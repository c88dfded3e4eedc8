/** Numbers over time as one line of text. */

const BARS = "▁▂▃▄▅▆▇█";
/** So that nothing looks different from little. */
const NOTHING = "·";

/** The highest number has the highest bar. */
export function sparkline(numbers: readonly number[]): string {
  const highest = Math.max(...numbers, 1);
  return numbers
    .map((number) => (number <= 0 ? NOTHING : (BARS[Math.ceil((number / highest) * BARS.length) - 1] ?? NOTHING)))
    .join("");
}

/**
 * Sorts points into equal parts of a span of time.
 * @returns one sum for each part
 */
export function partsOf(
  points: readonly { startMs: number; value: number }[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
  parts: number,
): number[] {
  const sums = new Array<number>(parts).fill(0);
  for (const { startMs, value } of points) {
    const part = Math.floor(((startMs - fromMs) / (toMs - fromMs)) * parts);
    const index = Math.min(parts - 1, Math.max(0, part));
    sums[index] = (sums[index] ?? 0) + value;
  }
  return sums;
}
