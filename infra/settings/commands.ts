/**
 * The command that repairs a setting. It gives the whole value and can be pasted into a shell as it
 * is, but for words in capital letters, which stand for what only the user knows.
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

/** What begins with a dash would be taken for an option. */
function words(...all: readonly string[]): string[] {
  return [...(all.some((word) => word.startsWith("-")) ? ["--"] : []), ...all.map(shellWord)];
}

/** A word as a shell takes it: in single quotes where it needs them. */
export function shellWord(word: string): string {
  return /^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
