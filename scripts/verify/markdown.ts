/** The report as Markdown, to be attached to an issue: no secret, no account, no project in it. */
import { access, constants, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Failure } from "../command/failure.ts";
import { headline, type Verified } from "./report.ts";

/** Google's errors name a project by its number too. */
const PROJECT_NUMBER = /projects\/\d+/g;

/** Before anything is paid for. @throws {Failure} */
export async function requireWritable(file: string): Promise<void> {
  await access(dirname(resolve(file)), constants.W_OK).catch(() => {
    throw new Failure("usage", `--markdown ${file}: its folder does not exist or cannot be written`);
  });
}

/** @throws {Failure} */
export async function writeMarkdown(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: NodeJS.ErrnoException) => {
    throw new Failure("unknown", `--markdown ${file} cannot be written: ${error.code}`);
  });
}

/** @param names of the account, the project and so on, which the clouds quote in their errors */
export function toMarkdown(verified: Verified, names: readonly string[]): string {
  const { decided, points, startedMs, label, left } = verified;
  const notScriptable = points.flatMap(({ number, how }) => (how.kind === "not scriptable" ? [{ number, how }] : []));
  const text = [
    `# The points of docs/fidelity.md on a live account`,
    "",
    `${new Date(startedMs).toISOString().slice(0, 16).replace("T", " ")} UTC, ${label}. **${headline(verified)}**`,
    "",
    row(["point", "question", "we believe", "verdict", "seen", "so"]),
    row(["---", "---", "---", "---", "---", "---"]),
    ...decided.map(({ point: { number, sentence, belief }, finding: { verdict, seen, consequence = "" } }) =>
      row([String(number), sentence, belief, verdict === "different" ? `**${verdict}**` : verdict, seen, consequence]),
    ),
    "",
    ...notScriptable.map(({ number, how }) => `- ${number} is not scriptable: ${how.reason}`),
    ...left.map((line) => `- ${line}.`),
    "",
  ].join("\n");
  return names
    .filter((name) => name !== "")
    .reduce((shown, name) => shown.replaceAll(name, "…"), text)
    .replaceAll(PROJECT_NUMBER, "projects/…");
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll(/\s+/g, " ")).join(" | ")} |`;
}
