/**
 * Ends a command early: on a signal, when npm's shell is gone, or when nobody reads its output. All
 * of them call `process.exit`, because Miniflare cleans up on `exit`: it kills workerd and removes
 * its temporary folder before the process is gone. Its `dispose` only starts to remove the folder.
 * SIGKILL cannot be handled: workerd then keeps its port, and the folder stays.
 */
import { constants } from "node:os";

/** Sent by Ctrl-C, by `kill`, and when a terminal closes. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];

/** How often to check whether npm's shell is gone. */
const SHELL_CHECK_MS = 500;

/** The exit status that shells use for a process ended by a signal. */
export function statusOfSignal(signal: Signal): number {
  return 128 + constants.signals[signal];
}

/**
 * Call this before Miniflare starts. Miniflare's own listeners end the process with the signal's
 * status, and do not handle SIGHUP.
 *
 * npm passes SIGINT and SIGTERM to its child. The child is a shell, which ends without passing them
 * on. So a process started by npm ends when its shell is gone. Without npm the parent does not
 * matter: a shell that started this process in the background may exit.
 * @param statusOf returns the exit status; npm treats 0 as success
 */
export function endOnSignal(statusOf: (signal: Signal) => number): void {
  for (const signal of SIGNALS) process.on(signal, () => process.exit(statusOf(signal)));
  // On Windows the parent's process id stays the same after the parent is gone.
  if (process.env.npm_lifecycle_event === undefined || process.platform === "win32") return;
  const shell = process.ppid;
  setInterval(() => process.ppid !== shell && process.exit(statusOf("SIGTERM")), SHELL_CHECK_MS).unref();
}

/** Write errors when nobody reads: a pipe to `head` that has ended, a terminal that is gone. */
const NO_READER = ["EPIPE", "EIO"];

/**
 * Ends the process when its output fails. Without these listeners a failed write would end it with
 * a stack trace.
 * @param carriesOn whether the process must continue without a reader
 */
export function endWithoutOutput(carriesOn: () => boolean): void {
  process.stderr.on("error", () => undefined); // nobody can read a message about it
  process.stdout.on("error", ({ code = "", message }: NodeJS.ErrnoException) => {
    if (NO_READER.includes(code)) return carriesOn() ? undefined : process.exit(0);
    console.error(`claude-failover: the output cannot be written: ${message}`);
    process.exit(1);
  });
}
