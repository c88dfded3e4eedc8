/**
 * `npm run doctor`, `npm run smoke` and so on: gives the process's streams and signals to
 * `operator.ts`.
 */
import { constants } from "node:os";
import { endWithoutOutput } from "../local/cli/ending.ts";
import { operate } from "./operator.ts";

endWithoutOutput(() => false);
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // The first one lets the command stop in order and report. The second one ends it.
    if (interrupted.signal.aborted) process.exit(128 + constants.signals[signal]);
    interrupted.abort();
  });
}
const { stdin, stdout, stderr, env } = process;
const streams = { stdin, stdout, stderr, environment: env };
process.exitCode = await operate(process.argv.slice(2), { streams, signal: interrupted.signal });
// An idle connection of a client must not keep the process alive.
stdout.write("", () => process.exit());
