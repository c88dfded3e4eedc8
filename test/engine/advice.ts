/**
 * Follows the advice of a failed run, as a user at a terminal would, if that is more than to run it
 * again.
 */
import type { Engine } from "./engine.ts";

export interface Advice {
  /** Whether the output contained advice. */
  isGiven: boolean;
  /** Options of the next run. */
  options: readonly string[];
}

export async function followAdvice(engine: Engine, stack: string, output: string): Promise<Advice> {
  const adopted = [...output.matchAll(/already[^\n]*config set adopt '(\[[^']*\])'/g)];
  if (adopted.length > 0) {
    const names = adopted.flatMap(([, list = "[]"]) => JSON.parse(list) as string[]);
    await engine.adopt(stack, names);
  }
  const deleted = /pulumi state delete '(urn:[^']+)'/.exec(output)?.[1];
  if (deleted) await engine.forget(stack, deleted);
  const isGone = /404 Not Found|Error 404/.test(output);
  if (isGone) await engine.refresh(stack);
  const isTaken = output.includes("--replace '**pool-suffix'");
  if (output.includes("workload-identity-pools delete")) {
    for (const pool of engine.project.pools.values()) pool.deleted = true;
  }
  deleteExtraTokens(engine);
  deleteExtraAccess(engine);
  return {
    isGiven: adopted.length > 0 || isGone || isTaken,
    options: isTaken ? ["--replace", "**pool-suffix"] : [],
  };
}

/** "Delete the older of the two": run tokens of one name, in the account that the warning names. */
function deleteExtraTokens({ cloud }: Engine): void {
  for (const { tokens } of cloud.context.state.accounts.values()) {
    for (const id of olderOnes(tokens, ({ name }) => name)) tokens.delete(id);
  }
}

/** "Delete the older of the two": Access applications of one name. */
export function deleteExtraAccess({ account: { accessApplications } }: Engine): void {
  const ids = olderOnes(accessApplications, ({ settings }) => settings.name);
  for (const id of ids) accessApplications.delete(id);
}

/** Of two things with the same name, no stack knows the older one. */
function olderOnes<Thing>(things: ReadonlyMap<string, Thing>, nameOf: (thing: Thing) => unknown): string[] {
  const byName = Map.groupBy(things, ([, thing]) => nameOf(thing));
  return [...byName.values()].flatMap((alike) => alike.slice(0, -1).map(([id]) => id));
}
