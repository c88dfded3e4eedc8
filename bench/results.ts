/**
 * Writes the results of a complete run: RESULTS.md with the table, and results.json with the same
 * figures for programs. Both name the machine, the day and the commit, without which a figure says
 * little.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import type { Row } from "./measure.ts";
import { tableOf } from "./table.ts";

const RESULTS_FILE = join(import.meta.dirname, "results.json");

/** What is recorded of a row. */
interface Figure {
  value: number;
  /** NaN if the row is not compared by a ratio. */
  ratio: number;
}

export function writeResults(rows: readonly Row[], plots: ReadonlyMap<string, string>): void {
  const about = aboutThisRun();
  const text = `# Results

\`npm run bench\` wrote this page. [README.md](README.md) says what is measured, and what limits it.

${Object.entries(about)
  .map(([name, value]) => `- ${name}: ${value}`)
  .join("\n")}

${tableOf(rows)}
${[...plots.keys()].map((file) => `\n![${file}](${file})\n`).join("")}`;
  for (const [file, svg] of plots) writeFileSync(join(import.meta.dirname, file), svg);
  writeFileSync(join(import.meta.dirname, "RESULTS.md"), text);
  const figures = Object.fromEntries(
    rows.map(({ key, value, comparison }) => [
      key,
      { value, ratio: comparison?.kind === "ratio" ? comparison.median : undefined },
    ]),
  );
  writeFileSync(RESULTS_FILE, `${JSON.stringify({ ...about, figures }, null, 2)}\n`);
}

/** @returns what the last complete run recorded */
export function recorded(key: string): Figure {
  const { figures }: { figures: Readonly<Record<string, Partial<Figure>>> } = JSON.parse(
    readFileSync(RESULTS_FILE, "utf8"),
  );
  const figure = figures[key];
  if (!figure) throw new Error(`results.json has no ${key}`);
  return { value: Number.NaN, ratio: Number.NaN, ...figure };
}

function aboutThisRun() {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--", "../worker", "../infra/worker") === "" ? "" : ", with changes";
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    commit: `${git("rev-parse", "--short", "HEAD")}${changed}`,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}`,
    load: `${loadavg()
      .map((load) => load.toFixed(1))
      .join(", ")} at the end (1, 5 and 15 minutes)`,
    node: process.version,
  };
}
