/**
 * What ends a command here before it ends by itself: a signal, the end of npm, an output that nobody reads any more. Each
 * ends it at once by `process.exit`. Miniflare listens for `exit`: it kills workerd and removes its temporary folder before
 * the process is gone, where its `dispose` only begins to remove the folder. SIGKILL cannot be handled: after it workerd
 * keeps its port, and the folder stays.
 */
import { constants } from "node:os";

/** Ctrl-C, `kill`, and the closing of a terminal. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];

/** How long a process may outlive npm's shell. */
const SHELL_CHECK_MS = 500;

/** The shell's convention for a process that a signal has ended. */
export function statusOfSignal(signal: Signal): number {
  return 128 + constants.signals[signal];
}

/**
 * Call it before Miniflare starts: Miniflare's own listeners end the process with the signal's status, and leave SIGHUP out.
 *
 * npm passes SIGINT and SIGTERM to its child. Its child is a shell, which ends and passes on nothing, so a process whose shell
 * has gone ends too. Without npm a parent's end means nothing: a shell that has started this in the background may go.
 * @param statusOf the exit status; 0 lets npm call it a success
 */
export function endOnSignal(statusOf: (signal: Signal) => number): void {
  for (const signal of SIGNALS) process.on(signal, () => process.exit(statusOf(signal)));
  // On Windows a process keeps the number of a parent that has gone.
  if (process.env.npm_lifecycle_event === undefined || process.platform === "win32") return;
  const shell = process.ppid;
  setInterval(() => process.ppid !== shell && process.exit(statusOf("SIGTERM")), SHELL_CHECK_MS).unref();
}

/** Nobody reads any more: a pipe to `head` that has ended, a terminal that is gone. */
const NO_READER = ["EPIPE", "EIO"];

/**
 * Without these listeners a write that fails ends the process with a stack trace.
 * @param carriesOn whether a process without a reader has something left to do
 */
export function endWithoutOutput(carriesOn: () => boolean): void {
  process.stderr.on("error", () => undefined); // nobody is left to be told
  process.stdout.on("error", ({ code = "", message }: NodeJS.ErrnoException) => {
    if (NO_READER.includes(code)) return carriesOn() ? undefined : process.exit(0);
    console.error(`claude-failover: the output cannot be written: ${message}`);
    process.exit(1);
  });
}
