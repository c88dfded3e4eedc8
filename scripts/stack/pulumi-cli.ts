/**
 * Runs the pulumi CLI. Secrets come from it through a pipe, and go to it through a pipe. Its errors
 * become one line.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { Failure } from "../command/failure.ts";
import { redact } from "../command/redact.ts";

const TIMEOUT_MS = 60_000;

/** What the CLI says → what the reader can do. */
const CURES: readonly [pattern: RegExp, cure: string][] = [
  [/no stack named|no stack selected|no current stack|missing.*stack name/i, "pulumi stack ls"],
  [/no Pulumi\.yaml project file/i, "run the command in the project's folder"],
  [/passphrase/i, "export PULUMI_CONFIG_PASSPHRASE"],
  [/PULUMI_ACCESS_TOKEN|not logged in|pulumi login/i, "pulumi login"],
  [/currently locked/i, "pulumi cancel, if no other run is under way"],
];

export interface CliOptions {
  environment: Readonly<Record<string, string | undefined>>;
  /** Of the project. Default: the current one. */
  folder?: string | undefined;
  signal: AbortSignal;
}

interface Call {
  /** Written to the CLI's standard input. */
  input?: string;
  /** Gets each line of both outputs. Without it nothing is shown. */
  onLine?: (line: string) => void;
  /** Default: a minute. Null: no limit, for runs that change clouds. */
  timeoutMs?: number | null;
}

export class PulumiCli {
  readonly #options: CliOptions;

  constructor(options: CliOptions) {
    this.#options = options;
  }

  /** @returns what the CLI printed on stdout @throws {Failure} */
  async run(args: readonly string[], { input, onLine, timeoutMs = TIMEOUT_MS }: Call = {}): Promise<string> {
    const { environment, signal, folder } = this.#options;
    const child = spawn("pulumi", ["--non-interactive", ...args], {
      env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
      stdio: ["pipe", "pipe", "pipe"],
      cwd: folder,
      ...(timeoutMs === null ? {} : { timeout: timeoutMs }),
    });
    // An interrupted run must end in order: the CLI gets the signal and saves its state.
    const stop = () => child.kill("SIGINT");
    signal.addEventListener("abort", stop);
    child.stdin.on("error", () => undefined); // the CLI may end without reading it
    child.stdin.end(input ?? "");
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (onLine) for (const stream of [child.stdout, child.stderr]) createInterface(stream).on("line", onLine);
    try {
      const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      if (status !== 0) throw toFailure(args, `${stderr}\n${stdout}`, child.killed && !signal.aborted);
      return stdout;
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new Failure("usage", "the pulumi CLI is not on the PATH", "https://www.pulumi.com/docs/install/");
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}

function toFailure(args: readonly string[], output: string, isTimeout: boolean): Failure {
  const command = `pulumi ${args.slice(0, 2).join(" ")}`;
  if (isTimeout) return new Failure("unknown", `${command} did not end within ${TIMEOUT_MS / 1_000} s`);
  const lines = output.split("\n").map((line) => line.trim());
  const errors = lines.filter((line) => /^(error|warning):/.test(line) || line.startsWith("- "));
  const [said = lines.find((line) => line !== "") ?? "no output"] = errors.filter((line) => line.startsWith("error:"));
  const message = redact(said.replace(/^error: /, ""));
  const cure = CURES.find(([pattern]) => pattern.test(output))?.[1];
  return new Failure(/no stack|stack name/i.test(said) ? "usage" : "unknown", `${command}: ${message}`, cure);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
