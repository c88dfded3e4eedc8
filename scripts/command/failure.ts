/**
 * An error that ends an operator's command. It is printed as one line, with the command that
 * repairs it. Nothing secret may be in it.
 */
import type { ExitCode } from "./exit-code.ts";

type FailureCode = Exclude<ExitCode, "fine">;

export class Failure extends Error {
  override name = "Failure";
  readonly exitCode: FailureCode;
  /** A command or a step for the reader; undefined where nothing can be suggested. */
  readonly cure: string | undefined;

  constructor(exitCode: FailureCode, message: string, cure?: string) {
    super(message);
    this.exitCode = exitCode;
    this.cure = cure;
  }

  /** The message and the cure as one line. */
  get line(): string {
    return this.cure === undefined ? this.message : `${this.message}: ${this.cure}`;
  }
}
