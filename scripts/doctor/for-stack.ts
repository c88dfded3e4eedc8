/**
 * Adds `--stack` to the commands of a cure where doctor itself was called with it. Without it they
 * would change the stack that happens to be selected.
 */
import { shellWord } from "../../infra/settings/commands.ts";
import type { Line } from "./examination.ts";

/** Commands of Pulumi that work on a stack, and those of this project. */
const PULUMI = /\bpulumi (config (?:set|rm)|up|refresh|cancel)\b/g;
const OWN = /\bnpm run (models|rotate|leaks|smoke|doctor)\b(?: --(?= ))?/g;

/** @param name the value of `--stack`; anything else adds nothing */
export function forStack(line: Line, name: unknown): Line {
  if (typeof name !== "string" || line.cure === undefined) return line;
  const option = `--stack ${shellWord(name)}`;
  const cure = line.cure.replace(PULUMI, `pulumi $1 ${option}`).replace(OWN, `npm run $1 -- ${option}`);
  return { ...line, cure };
}
