/** The report of a drill as Markdown, to be kept with the records of rehearsals. */
import { access, constants, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Failure } from "../command/failure.ts";
import { type DrillResult, headline, remarks } from "./report.ts";
import { HEAD, rowsOf } from "./rows.ts";

/** Before any call is paid for. @throws {Failure} */
export async function requireWritable(file: string): Promise<void> {
  await access(dirname(resolve(file)), constants.W_OK).catch(() => {
    throw new Failure("usage", `--markdown ${file}: its folder does not exist or cannot be written`);
  });
}

/** @throws {Failure} */
export async function writeMarkdown(file: string, result: DrillResult): Promise<void> {
  await writeFile(file, toMarkdown(result)).catch((error: NodeJS.ErrnoException) => {
    throw new Failure("unknown", `--markdown ${file} cannot be written: ${error.code}`);
  });
}

export function toMarkdown(result: DrillResult): string {
  const { plan, url, startedMs, durationMs, figures } = result;
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    `# Failover drill of ${new Date(startedMs).toISOString().slice(0, 16).replace("T", " ")} UTC`,
    "",
    `**${headline(result)}**`,
    "",
    `${plan.model} at ${url}. Drilled: ${plan.drilled.join(", ")}. Could answer instead: ${plan.others.join(", ")}. ` +
      `Duration: ${Math.round(durationMs / 1_000)} s. Version: ${figures.versions.join(", ") || "unknown"}.`,
    "",
    row(HEAD),
    row(HEAD.map(() => "---")),
    ...rowsOf(figures).map(row),
    "",
    ...remarks(result).map((line) => `- ${line}`),
    "",
  ].join("\n");
}
