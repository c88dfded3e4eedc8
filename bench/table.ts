/** Prints rows as a table of Markdown. */
import type { Comparison, Row } from "./measure.ts";

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ what, baseline, ours, comparison, reach = "–" }) =>
    [what, baseline, ours, comparison ? comparisonText(comparison) : "–", reach].join(" | "),
  );
  return ["what | baseline | ours | compared [95 % interval] | reach", "--- | --- | --- | --- | ---", ...lines]
    .map((line) => `| ${line} |`)
    .join("\n");
}

function comparisonText({ kind, unit, median, low, high }: Comparison): string {
  const text = (value: number) => (kind === "difference" && value > 0 ? "+" : "") + value.toFixed(2);
  return `${text(median)} ${unit} [${text(low)} to ${text(high)}]`;
}
