/**
 * Adds `--stack` to the commands of a cure where the command itself was called with it. Without it
 * they would change the stack that happens to be selected.
 */
import { shellWord } from "../../infra/settings/commands.ts";

/** Commands of Pulumi that work on a stack, and those of this project. */
const PULUMI = /\bpulumi (config (?:set|rm)|up|refresh|cancel)\b/g;
const OWN = /\bnpm run (models|rotate|leaks|smoke|drill|status|verify|doctor)\b(?: --(?= ))?/g;

/** @param name the value of `--stack`; anything else adds nothing */
export function cureForStack(cure: string, name: unknown): string {
  if (typeof name !== "string") return cure;
  const option = `--stack ${shellWord(name)}`;
  return cure.replace(PULUMI, `pulumi $1 ${option}`).replace(OWN, `npm run $1 -- ${option}`);
}
