/**
 * Writes the command that repairs a setting. The command sets the whole value and can be pasted
 * into a shell. Words in capital letters stand for values that only the user knows.
 */
import type { KeyFaults } from "./faults.ts";

export function repairCommand({ key, repair }: Pick<KeyFaults, "key" | "repair">): string {
  switch (repair.kind) {
    case "set":
      return ["pulumi config set", ...words(key, text(repair.value))].join(" ");
    case "remove":
      return ["pulumi config rm", ...words(key)].join(" ");
    case "ask":
      return `pulumi config set --secret ${key}`;
    case "edit":
      return repair.how;
  }
}

/** Adds `--` if a word begins with a dash, because Pulumi would read that word as an option. */
function words(...all: readonly string[]): string[] {
  return [...(all.some((word) => word.startsWith("-")) ? ["--"] : []), ...all.map(shellWord)];
}

/** @returns the word for a shell, in single quotes if it needs them */
export function shellWord(word: string): string {
  return /^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
