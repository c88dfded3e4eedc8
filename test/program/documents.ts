/** The documents that people read, and the commands that they give. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export const DOCUMENTS: readonly string[] = ["README.md", ...globSync("docs/*.md", { cwd: ROOT }).sort()];

export function readDocument(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** What is fenced or indented. */
export function codeOf(markdown: string): string {
  const fenced = [...markdown.matchAll(/^```\w*\n(.*?)^```/gms)].map(([, code]) => code);
  return [...fenced, ...(markdown.match(/^ {4}.*$/gm) ?? []).map((line) => line.trim())].join("\n");
}

/** Lines of code, those that go on after a backslash as one. */
export function linesOfCode(file: string): string[] {
  return codeOf(readDocument(file))
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n");
}
