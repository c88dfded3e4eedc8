/**
 * Runs the checks side by side, and lists what they found in the order in which they were added. A
 * check that needs another one waits for it. If that one has no value to offer, the waiting check is
 * skipped, with the name of the check that failed first.
 */
import { Failure } from "../command/failure.ts";
import { redact } from "../command/redact.ts";
import { type Finding, type Found, problem, skipped, unknown } from "./found.ts";

export interface Line extends Finding {
  group: string;
  name: string;
}

export interface Check<Value> {
  readonly group: string;
  readonly name: string;
  readonly found: Promise<Found<Value>>;
  /** The check that failed first; undefined if this one was not skipped. */
  readonly blockedBy: () => string | undefined;
}

/** @returns the other check's value; without one, the check that asks ends as skipped */
export type Need = <Value>(check: Check<Value>) => Promise<Value>;

type Run<Given extends readonly unknown[], Value> = (...given: Given) => Found<Value> | Promise<Found<Value>>;

type AddCheck<Given extends readonly unknown[]> = <Value>(
  name: string,
  after: readonly Check<unknown>[],
  run: Run<Given, Value>,
) => Check<Value>;

class Blocked extends Error {
  override name = "Blocked";
  readonly by: string;

  constructor(by: string) {
    super(`needs ${by}`);
    this.by = by;
  }
}

export class Examination {
  readonly #signal: AbortSignal;
  readonly #checks: Check<unknown>[] = [];

  /** @param signal aborted: no more lines */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * Adds a group of checks. A check runs at once, or as soon as the checks in `after` have ended with
   * a value.
   */
  group(group: string): AddCheck<[need: Need]> {
    return (name, after, run) => this.#add(group, name, after, run);
  }

  /** Adds a group whose checks all look at the value of one check. */
  groupAbout<Subject>(group: string, subject: Check<Subject>): AddCheck<[subject: Subject, need: Need]> {
    return (name, after, run) => this.#add(group, name, after, async (need) => run(await need(subject), need));
  }

  #add<Value>(group: string, name: string, after: readonly Check<unknown>[], run: Run<[Need], Value>): Check<Value> {
    let blockedBy: string | undefined;
    const blocked = (by: string) => {
      blockedBy = by;
    };
    const found = settle(async () => {
      await Promise.all(after.map(need));
      return run(need);
    }, blocked);
    const check = { group, name, found, blockedBy: () => blockedBy };
    this.#checks.push(check);
    return check;
  }

  /** @param onWait gets the name of the check that is waited for */
  async *lines(onWait: (name: string) => void): AsyncGenerator<Line> {
    const aborted = new Promise<"aborted">((resolve) => {
      if (this.#signal.aborted) resolve("aborted");
      this.#signal.addEventListener("abort", () => resolve("aborted"), { once: true });
    });
    for (const { group, name, found } of this.#checks) {
      onWait(name);
      const settled = await Promise.race([aborted, found]);
      if (settled === "aborted") return;
      for (const finding of settled.findings) yield { group, name, ...finding };
    }
  }
}

/** Never rejects. */
async function settle<Value>(run: () => Promise<Found<Value>>, blocked: (by: string) => void): Promise<Found<Value>> {
  try {
    // Later, so that a check can need one that is added after it.
    await Promise.resolve();
    return await run();
  } catch (error) {
    if (error instanceof Blocked) {
      blocked(error.by);
      return skipped(`needs "${error.by}"`);
    }
    if (error instanceof Failure) {
      const { exitCode, message, cure } = error;
      const isOurs = (exitCode === "problem" || exitCode === "usage") && cure !== undefined;
      return isOurs ? problem(message, cure) : unknown(message, cure);
    }
    const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return unknown(`this is a bug, please report it: ${redact(first)}`);
  }
}

const need: Need = async (check) => {
  const { usable } = await check.found;
  if (usable) return usable.value;
  throw new Blocked(check.blockedBy() ?? check.name);
};
