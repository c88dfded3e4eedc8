/**
 * `npm run leaks`: what this project's stacks have left in both clouds and no state holds. It
 * deletes only with `--delete`, after the name was typed, and never what may be somebody else's.
 */
import type { OperatorCommand, Outcome } from "./command/command.ts";
import { toMilliseconds } from "./command/duration.ts";
import { Failure } from "./command/failure.ts";
import type { Output } from "./command/output.ts";
import { type Found, findLeaks, type Where } from "./leaks/find.ts";
import type { Trace } from "./leaks/trace.ts";

export const leaks: OperatorCommand = {
  name: "leaks",
  summary: "what this project's stacks have left in both clouds, and no state holds",
  configure(command) {
    command
      .option("--of <stack>", "a stack of this project whose state is gone; repeatable", collect, [])
      .option("--account <id>", "a Cloudflare account to look in, beside those of the stacks; repeatable", collect, [])
      .option("--project <id>", "a Google project to look in, beside those of the stacks; repeatable", collect, [])
      .option("--older-than <duration>", "only what is older, such as 7d", toMilliseconds)
      .option("--delete", "delete what was found, after its name was typed")
      .option("--confirm <name>", "the typed name, where nobody can type it", undefined)
      .option("--dry-run", "with --delete: show what would be deleted, and delete nothing");
  },
  async run({ stack, output, signal }, options) {
    const where: Where = {
      claimed: options.of as readonly string[],
      accounts: options.account as readonly string[],
      projects: options.project as readonly string[],
    };
    output.progress("Reading both clouds …");
    const project = await stack.project();
    const found = olderThan(await findLeaks(stack, where), options.olderThan as number | undefined);
    show(output, found);
    if (found.leaks.length === 0) return outcome("none", "fine", found);
    if (options.delete !== true) return outcome("found", "problem", found);
    if (options.dryRun === true) {
      output.say("\n--dry-run: nothing is deleted.");
      return outcome("dry run", "problem", found);
    }
    const name = namesOf(project, found.leaks);
    const confirmed = await output.confirmByName(`Delete these ${found.leaks.length}?`, name, {
      ...(typeof options.confirm === "string" ? { given: options.confirm } : {}),
      flag: `--confirm ${name}`,
    });
    if (!confirmed) throw new Failure("problem", "nothing is deleted: the name is not the one that was asked for");
    const failed = await deleteAll(output, found.leaks, signal);
    if (failed > 0) return outcome("partly deleted", signal.aborted ? "interrupted" : "problem", found);
    const left = olderThan(await findLeaks(stack, where), options.olderThan as number | undefined);
    output.say(left.leaks.length === 0 ? "Nothing is left." : `${left.leaks.length} are still there: run it again.`);
    return outcome("deleted", left.leaks.length === 0 ? "fine" : "problem", found);
  },
};

/** In the order of the list: what depends on others comes first. @returns how many are left */
async function deleteAll(output: Output, traces: readonly Trace[], signal: AbortSignal): Promise<number> {
  let left = traces.length;
  for (const { kind, name, delete: remove } of traces) {
    if (signal.aborted) break;
    const answer = await remove();
    const isGone = answer.kind === "ok" || (answer.kind === "refused" && answer.status === 404);
    if (isGone) left -= 1;
    const why = answer.kind === "refused" ? answer.message : answer.kind === "unreachable" ? answer.why : "";
    output.say(isGone ? output.color.green(`deleted ${kind} ${name}`) : output.color.red(`${kind} ${name}: ${why}`));
  }
  return left;
}

function show(output: Output, { leaks: found, unsure, softDeleted }: Found): void {
  const { yellow, dim } = output.color;
  if (found.length === 0) output.say("Nothing is left behind.");
  else {
    output.say(yellow(`${found.length} left behind, in the state of no stack:`));
    output.table(["cloud", "what", "name", "stack", "made"], found.map(row));
  }
  if (unsure.length > 0) {
    output.say(
      `\n${unsure.length} may belong to another project or another backend, so they are never deleted. If one is`,
    );
    output.say("of a stack whose state is gone, name the stack: npm run leaks -- --of STACK");
    output.table(["cloud", "what", "name", "", "made"], unsure.map(row));
  }
  if (softDeleted.length > 0) {
    output.say(dim("\nDeleted already. Google keeps the name:"));
    output.table(
      ["what", "name", "until"],
      softDeleted.map(({ kind, name, keptUntil = "" }) => [kind, name, keptUntil]),
    );
  }
}

function row({ cloud, kind, name, owner, createdMs }: Trace): string[] {
  const made = createdMs === undefined ? "–" : new Date(createdMs).toISOString().slice(0, 10);
  return [cloud, kind, name, owner.kind === "ours" ? owner.stack : "", made];
}

/** What a cloud gives no date for is not known to be old, so it is left out. */
function olderThan(found: Found, ageMs: number | undefined): Found {
  if (ageMs === undefined) return found;
  const isOld = ({ createdMs }: Trace) => createdMs !== undefined && createdMs < Date.now() - ageMs;
  return { ...found, leaks: found.leaks.filter(isOld), unsure: found.unsure.filter(isOld) };
}

/** `project/stack`, or for several stacks the project. */
function namesOf(project: string, traces: readonly Trace[]): string {
  const stacks = new Set(traces.flatMap(({ owner }) => (owner.kind === "ours" ? [owner.stack] : [])));
  const [only] = stacks;
  return stacks.size === 1 && only !== undefined ? `${project}/${only}` : project;
}

function outcome(kind: string, exitCode: Outcome["exitCode"], { leaks: found, unsure, softDeleted }: Found): Outcome {
  const toJson = ({ cloud, kind, name, owner, createdMs, keptUntil }: Trace) => ({
    cloud,
    kind,
    name,
    owner,
    created: createdMs === undefined ? null : new Date(createdMs).toISOString(),
    keptUntil: keptUntil ?? null,
  });
  return {
    exitCode,
    report: {
      command: "leaks",
      outcome: kind,
      leaks: found.map(toJson),
      unsure: unsure.map(toJson),
      softDeleted: softDeleted.map(toJson),
    },
  };
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
