/** Prints the lines of an examination: one line each, under the heading of its group, with the cure below. */
import type { Output } from "../command/output.ts";
import { wrap } from "../command/wrap.ts";
import type { Line } from "./examination.ts";
import type { Verdict } from "./found.ts";

const MARKS: Readonly<Record<Verdict, { mark: string; color: "green" | "red" | "yellow" | "cyan" | "dim" }>> = {
  fine: { mark: "fine", color: "green" },
  note: { mark: "note", color: "cyan" },
  problem: { mark: "PROBLEM", color: "red" },
  unknown: { mark: "unknown", color: "yellow" },
  skipped: { mark: "skipped", color: "dim" },
};
const MARK_WIDTH = 7;
const INDENT = " ".repeat(MARK_WIDTH + 4);

export class LinePrinter {
  readonly #output: Output;
  #group: string | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  print({ group, name, about, verdict, text, cure }: Line): void {
    if (group !== this.#group) {
      if (this.#group !== undefined) this.#output.say();
      this.#output.say(this.#output.color.bold(group));
      this.#group = group;
    }
    const { mark, color } = MARKS[verdict];
    const subject = about === undefined ? name : `${name}, ${about}`;
    const [first = "", ...rest] = wrap(`${subject}: ${text}`, this.#output.width - INDENT.length);
    this.#output.say(`  ${this.#output.color[color](mark.padEnd(MARK_WIDTH))}  ${first}`);
    for (const line of rest) this.#output.say(`${INDENT}${line}`);
    // A command is never broken, so that it can be copied.
    if (cure !== undefined) this.#output.say(`${INDENT}→ ${cure}`);
  }
}
