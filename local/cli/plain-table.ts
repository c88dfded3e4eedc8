/** Tables for a terminal: columns without borders. */
import Table from "cli-table3";

const SIDES = ["top", "bottom", "left", "right"].flatMap((side) =>
  ["", "-mid", "-left", "-right"].map((part) => `${side}${part}`),
);
const NO_LINES = Object.fromEntries([...SIDES, "mid", "left-mid", "mid-mid", "right-mid"].map((char) => [char, ""]));

/** @param widths column widths; longer cells wrap. Absent or null: as wide as the longest cell. */
export function plainTable(rows: readonly (readonly string[])[], widths: (number | null)[] = []): string {
  const table = new Table({
    chars: { ...NO_LINES, middle: "  " },
    style: { "padding-left": 0, "padding-right": 0, border: [], head: [] },
    colWidths: widths,
    wordWrap: true,
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString().replace(/ +$/gm, "");
}
