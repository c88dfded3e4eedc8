/** Prints rows as a table of Markdown. */
import type { Comparison, Row } from "./measure.ts";

export function tableOf(rows: readonly Row[]): string {
  return markdownTable(
    ["what", "baseline", "ours", "compared [95 % interval]", "reach"],
    rows.map(({ what, baseline, ours, comparison, reach = "–" }) => [
      what,
      baseline,
      ours,
      comparison ? comparisonText(comparison) : "–",
      reach,
    ]),
  );
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function comparisonText({ kind, unit, median, low, high }: Comparison): string {
  const text = (value: number) => (kind === "difference" && value > 0 ? "+" : "") + value.toFixed(2);
  return `${text(median)} ${unit} [${text(low)} to ${text(high)}]`;
}
