/** A table that fits the terminal if it can: where the terminal is too narrow, cells wrap at spaces. */
import { stripVTControlCharacters } from "node:util";
import { plainTable } from "../../local/cli/plain-table.ts";

const GAP = 2;

/** @param width columns of the terminal */
export function table(head: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  const all = [head, ...rows];
  return plainTable(all, columnWidths(all, width));
}

/** The widest column gives way first, but no column becomes narrower than its longest word. */
function columnWidths(rows: readonly (readonly string[])[], width: number): number[] {
  const columns = (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? ""));
  const widths = columns.map((cells) => Math.max(1, ...cells.map(visibleWidth)));
  const least = columns.map((cells) => Math.max(1, ...cells.flatMap((cell) => cell.split(/\s/).map(visibleWidth))));
  const room = width - GAP * (widths.length - 1);
  for (let excess = sum(widths) - room; excess > 0; excess = sum(widths) - room) {
    const slack = widths.map((columnWidth, column) => columnWidth - (least[column] ?? 0));
    const widest = slack.indexOf(Math.max(...slack));
    const before = widths[widest] ?? 0;
    const narrowed = Math.max(least[widest] ?? 0, before - Math.ceil(excess / 2));
    if (narrowed >= before) break;
    widths[widest] = narrowed;
  }
  return widths;
}

function visibleWidth(cell: string): number {
  return Math.max(...cell.split("\n").map((line) => stripVTControlCharacters(line).length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
