/** The command line of `npm start`. Every error is one line; the stack's modules are loaded only where there is a stack to run. */
import { Command, InvalidArgumentError } from "commander";
import type { ServeOptions } from "./serve.ts";

const command = new Command("npm start --")
  .description("Runs the whole stack on this machine, against a local cloud, and shows a failover.")
  .option("--port <port>", "port of the Worker, 0 for any free one", port, 8787)
  .option("--cloud-port <port>", "port of the local cloud, 0 for any free one", port, 8788)
  .option(
    "--date <YYYY-MM-DD>",
    "the day by the local cloud's clock: it decides which models exist (default: today)",
    day,
  )
  .option("--exit", "stop after the story; the exit status is 0 only if each answer was the expected one")
  .option("--json", "print one line with every URL and token instead of the story")
  .action(async (options: ServeOptions) => (await import("./serve.ts")).serve(options));

try {
  await command.parseAsync();
} catch (error) {
  console.error(`claude-failover: ${oneLine(error)}`);
  process.exit(1);
}

function port(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) throw new InvalidArgumentError("a port is 0 to 65535.");
  return Number(value);
}

function day(value: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
  if (!isDay) throw new InvalidArgumentError("a day is written like 2024-10-22.");
  return value;
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n").find((line) => line.trim() !== "") ?? "unknown error";
}
