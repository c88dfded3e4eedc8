/** The documents of the project, and the code in them. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export const DOCUMENTS: readonly string[] = ["README.md", ...globSync("docs/*.md", { cwd: ROOT }).sort()];

function readDocument(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** @returns the fenced and indented code blocks */
export function codeOf(markdown: string): string {
  const fenced = [...markdown.matchAll(/^```\w*\n(.*?)^```/gms)].map(([, code]) => code);
  return [...fenced, ...(markdown.match(/^ {4}.*$/gm) ?? []).map((line) => line.trim())].join("\n");
}

/** @returns the lines of code; lines that end with a backslash are joined with the next */
export function linesOfCode(file: string): string[] {
  return codeOf(readDocument(file))
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n");
}
