/**
 * Everything that a command prints or asks. With `--json` only the report goes to stdout. Progress
 * is shown on a terminal only, so a pipe gets plain lines.
 */
import type { Readable, Writable } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import { text as askForText, confirm, isCancel, password } from "@clack/prompts";
import { createColors } from "picocolors";
import { Failure } from "./failure.ts";
import { table } from "./table.ts";
import { wrap } from "./wrap.ts";

type Colors = ReturnType<typeof createColors>;

/** Where a command reads and writes; a test gives its own. */
export interface Streams {
  stdin: Readable & { isTTY?: boolean | undefined };
  stdout: Writable & { isTTY?: boolean | undefined; columns?: number | undefined };
  stderr: Writable;
  environment: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_WIDTH = 100;
/** Moves to the top left corner and clears the screen. It changes no mode of the terminal. */
const CLEARED = "\u001b[H\u001b[2J";

export class Output {
  readonly color: Colors;
  readonly #streams: Streams;
  readonly #isJson: boolean;
  #progressIsShown = false;

  constructor(streams: Streams, { json }: { json: boolean }) {
    this.#streams = streams;
    this.#isJson = json;
    this.color = createColors(this.isTerminal && streams.environment.NO_COLOR === undefined);
  }

  /** Columns of the terminal. */
  get width(): number {
    return this.#streams.stdout.columns ?? DEFAULT_WIDTH;
  }

  say(text = ""): void {
    if (this.#isJson) return;
    this.#clearProgress();
    this.#streams.stdout.write(`${text}\n`);
  }

  /** A sentence or more, in lines that fit the terminal. */
  prose(text: string): void {
    this.say(wrap(text, this.width).join("\n"));
  }

  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    this.say(table(head, rows, this.width));
  }

  /** Shows what is being done, on one line that the next output replaces. */
  progress(text: string): void {
    if (this.#isJson || !this.isTerminal) return;
    this.#clearProgress();
    const line = stripVTControlCharacters(text).slice(0, this.width - 1);
    this.#streams.stdout.write(this.color.dim(line));
    this.#progressIsShown = true;
  }

  /** Replaces what is on the terminal, for a command that goes on. Through a pipe it is just said. */
  repaint(text: string): void {
    if (this.#isJson) return;
    this.#clearProgress();
    this.#streams.stdout.write(`${this.isTerminal ? CLEARED : ""}${text}\n`);
  }

  /** The report of a command that was called with `--json`. */
  report(report: object): void {
    if (this.#isJson) this.#streams.stdout.write(`${JSON.stringify(report)}\n`);
  }

  /** A failure, as the last line. With `--json` it is also the report. */
  failure(command: string, failure: Failure): void {
    this.#clearProgress();
    const { message, cure, exitCode } = failure;
    this.report({ command, outcome: "failed", exitCode, message, ...(cure === undefined ? {} : { cure }) });
    this.#streams.stderr.write(`claude-failover: ${failure.line}\n`);
  }

  /**
   * Asks before something that costs or deletes.
   * @param yes whether the question was answered on the command line
   * @throws {Failure} without a terminal
   */
  async confirm(question: string, { yes, flag }: { yes: boolean; flag: string }): Promise<boolean> {
    if (yes) return true;
    this.#requireTerminal(question, flag);
    const answer = await confirm({ message: question, initialValue: false, ...this.#terminal });
    return !isCancel(answer) && answer;
  }

  /**
   * Asks for a name to be typed, before something that cannot be undone.
   * @throws {Failure} without a terminal
   */
  async confirmByName(question: string, name: string, { given, flag }: { given?: string; flag: string }) {
    if (given !== undefined) return given === name;
    this.#requireTerminal(question, flag);
    const answer = await askForText({ message: `${question} Type ${name} to go on.`, ...this.#terminal });
    return !isCancel(answer) && answer === name;
  }

  /**
   * Asks for a secret, which is not shown. Without a terminal it is read from a pipe.
   * @throws {Failure} if there is none
   */
  async askForSecret(question: string): Promise<string> {
    const { stdin } = this.#streams;
    const answer = stdin.isTTY ? await password({ message: question, ...this.#terminal }) : await readAll(stdin);
    const secret = isCancel(answer) ? "" : answer.trim();
    if (secret !== "") return secret;
    throw new Failure("usage", `${question} is missing`, "type it at the prompt, or pipe it into the command");
  }

  /** Ends the output: the terminal is as it was. */
  end(): void {
    this.#clearProgress();
  }

  get isTerminal(): boolean {
    return this.#streams.stdout.isTTY === true;
  }

  get #terminal() {
    return { input: this.#streams.stdin, output: this.#streams.stdout };
  }

  #requireTerminal(question: string, flag: string): void {
    if (this.isTerminal && this.#streams.stdin.isTTY && !this.#isJson) return;
    throw new Failure("usage", `${question} There is no terminal to answer on`, `add ${flag}`);
  }

  #clearProgress(): void {
    if (!this.#progressIsShown) return;
    this.#streams.stdout.write("\r\u001b[K");
    this.#progressIsShown = false;
  }
}
