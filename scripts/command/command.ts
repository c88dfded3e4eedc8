/**
 * What an operator's command is: a name, its options, and a function from the session to an
 * outcome. `operator.ts` adds the options that all commands share and turns errors into one line.
 */
import type { Command } from "commander";
import type { Stack } from "../stack/stack.ts";
import type { ExitCode } from "./exit-code.ts";
import type { Output } from "./output.ts";

/** What a running command works with. */
export interface Session {
  stack: Stack;
  output: Output;
  /** The variables of the caller's shell. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. A command that sees it stops, and returns the report so far. */
  signal: AbortSignal;
}

/** The report is printed with `--json`. Its `command` and `outcome` say what other members it has. */
export interface Outcome {
  exitCode: ExitCode;
  report: { command: string; outcome: string } & Readonly<Record<string, unknown>>;
}

export interface OperatorCommand {
  name: string;
  /** One line for `--help`. */
  summary: string;
  /** Adds arguments and options. */
  configure?(command: Command): void;
  /**
   * @param options by commander's names, and the command's argument as `argument`
   * @throws {Failure}
   */
  run(session: Session, options: Options): Promise<Outcome>;
}

/** As commander parses them. */
export type Options = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
