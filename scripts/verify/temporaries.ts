/**
 * What experiments make in the clouds. Each thing is noted, with the call that removes it, before it
 * is made, so that a lost answer or Ctrl-C leaves nothing. The name begins with the stack's, which
 * is how `leaks` finds what could not be removed.
 */
import { randomBytes } from "node:crypto";
import type { Answer } from "../clouds/api-client.ts";
import { whyNot } from "./finding.ts";

interface Made<Lab> {
  /** For messages: `AI gateway claude-failover-dev-verify-1a2b`. */
  what: string;
  remove(lab: Lab): Promise<Answer<unknown>>;
}

/** `Lab` is what a removal works with. */
export class Temporaries<Lab> {
  #made: Made<Lab>[] = [];

  /**
   * Makes a thing. If the cloud refuses it, there is nothing to remove; if its answer is lost, there
   * may be.
   */
  async make<Result>(
    what: string,
    remove: Made<Lab>["remove"],
    create: () => Promise<Answer<Result>>,
  ): Promise<Answer<Result>> {
    const made = { what, remove };
    this.#made.push(made);
    const answer = await create();
    const isRefused = answer.kind === "refused" && answer.status < 500;
    if (isRefused) this.#made = this.#made.filter((other) => other !== made);
    return answer;
  }

  /** Notes a thing whose name only its creation tells. */
  add(what: string, remove: Made<Lab>["remove"]): void {
    this.#made.push({ what, remove });
  }

  /**
   * Removes everything, the newest first. A missing thing was never made.
   * @param lab with a signal that Ctrl-C does not abort
   * @returns a line for each thing that is still there
   */
  async removeAll(lab: Lab): Promise<string[]> {
    const left: string[] = [];
    for (const { what, remove } of this.#made.toReversed()) {
      const answer = await remove(lab).catch(
        (error): Answer<never> => ({
          kind: "unreachable",
          why: error instanceof Error ? error.message : String(error),
        }),
      );
      const isGone = answer.kind === "ok" || (answer.kind === "refused" && answer.status === 404);
      if (!isGone) left.push(`${what} is still there: ${whyNot(answer)}`);
    }
    this.#made = [];
    return left;
  }
}

/** A name of its own: the stack's, shortened to fit, with a random part. */
export function temporaryName(base: string, maxLength: number): string {
  const suffix = `-verify-${randomBytes(2).toString("hex")}`;
  return `${base.slice(0, maxLength - suffix.length).replace(/-+$/, "")}${suffix}`;
}
