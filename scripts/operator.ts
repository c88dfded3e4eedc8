/**
 * The command line of the operators' commands: one commander program with a subcommand for each.
 * Every command has `--stack`, `--local` and `--json`, and every error is one line.
 */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import type { OperatorCommand, Options, Outcome } from "./command/command.ts";
import { cureForStack } from "./command/cure-for-stack.ts";
import { EXIT_CODES } from "./command/exit-code.ts";
import { Failure } from "./command/failure.ts";
import { Output, type Streams } from "./command/output.ts";
import { redact } from "./command/redact.ts";
import { DEFAULT_LOCAL_CLOUD, openStack } from "./stack/open.ts";

/** In the order of `--help`. Only the command that is called is loaded. */
const COMMANDS: Readonly<Record<string, () => Promise<OperatorCommand>>> = {
  doctor: async () => (await import("./doctor.ts")).doctor,
  smoke: async () => (await import("./smoke.ts")).smoke,
  drill: async () => (await import("./drill.ts")).drill,
  explain: async () => (await import("./explain.ts")).explain,
  status: async () => (await import("./status.ts")).status,
  leaks: async () => (await import("./leaks.ts")).leaks,
  rotate: async () => (await import("./rotate.ts")).rotate,
  verify: async () => (await import("./verify.ts")).verify,
  models: async () => (await import("./models.ts")).models,
};

interface Call {
  streams: Streams;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** Of the Pulumi project. Default: the current one. */
  folder?: string | undefined;
}

/** @returns the exit status */
export async function operate(argv: readonly string[], call: Call): Promise<number> {
  const { streams } = call;
  let status: number = EXIT_CODES.fine;
  const called = COMMANDS[argv[0] ?? ""];
  const commands = await Promise.all((called ? [called] : Object.values(COMMANDS)).map((load) => load()));
  const program = new Command("npm run COMMAND --")
    .description("What the person on call runs. Each command has its own --help.")
    .configureHelp({ commandUsage })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
      outputError: (text, write) => write(`claude-failover: ${text.replace(/^error: /, "")}`),
    });
  for (const command of commands) {
    const run = async (options: Options) => {
      status = await runCommand(command, options, call);
    };
    program.addCommand(subcommand(command, run).copyInheritedSettings(program));
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT_CODES.fine : EXIT_CODES.usage;
  }
  return status;
}

/** As it is typed: `npm run models -- [options]`. */
function commandUsage(command: Command): string {
  return command.parent ? `npm run ${command.name()} -- ${command.usage()}` : "npm run COMMAND -- [options]";
}

function subcommand({ name, summary, configure }: OperatorCommand, run: (options: Options) => Promise<void>): Command {
  const command = new Command(name)
    .description(summary)
    .option("--stack <name>", "the stack (default: the selected one)")
    .option("--local [url]", `a running npm start instead of a stack (default: ${DEFAULT_LOCAL_CLOUD})`, cloudUrl)
    .option("--json", "print the report as one line of JSON, and nothing else on stdout");
  configure?.(command);
  return command.action(() => {
    const [argument] = command.args;
    return run({ ...command.opts(), ...(argument === undefined ? {} : { argument }) });
  });
}

/** An argument that follows `--local` would be taken for its value. */
function cloudUrl(text: string): string {
  if (/^https?:/.test(text)) return text;
  throw new InvalidArgumentError(`It is not a URL such as ${DEFAULT_LOCAL_CLOUD}. Put --local last.`);
}

async function runCommand(
  command: OperatorCommand,
  options: Options,
  { streams, signal, folder }: Call,
): Promise<number> {
  const output = new Output(streams, { json: options.json === true });
  try {
    const stack = openStack(options, { environment: streams.environment, signal, folder });
    const { exitCode, report } = await command.run(
      { stack, output, environment: streams.environment, signal },
      options,
    );
    return finish(output, exitCode, report);
  } catch (error) {
    const failure = signal.aborted ? new Failure("interrupted", "interrupted") : forStack(toFailure(error), options);
    output.failure(command.name, failure);
    return EXIT_CODES[failure.exitCode];
  } finally {
    output.end();
  }
}

function finish(output: Output, exitCode: Outcome["exitCode"], report: Outcome["report"]): number {
  output.report(report);
  return EXIT_CODES[exitCode];
}

/** The cure names the stack that the command was called with. */
function forStack(failure: Failure, { stack }: Options): Failure {
  const { exitCode, message, cure } = failure;
  return cure === undefined ? failure : new Failure(exitCode, message, cureForStack(cure, stack));
}

/** An error that nobody foresaw is a bug. It has a line too, without a stack trace. */
function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const [first = "unknown error"] = (error instanceof Error ? error.message : String(error)).split("\n");
  return new Failure("unknown", `this is a bug, please report it: ${redact(first)}`);
}
