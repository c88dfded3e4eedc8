/**
 * The command line of `npm start`. Every error is one line. The modules of the stack load only when
 * a stack runs.
 */
import { Command, InvalidArgumentError } from "commander";
import { endWithoutOutput } from "./ending.ts";
import { type GivenSettings, oneLine, withNames, withSetting } from "./given-settings.ts";
import type { ServeOptions } from "./serve.ts";

/** Collected in the order of the command line, so a later option wins. */
let settings: GivenSettings = {};

const command = new Command("npm start --")
  .description("Runs the whole stack on this machine against a local cloud and shows a failover.")
  .option("--port <port>", "port of the Worker, 0 for any free port", port, 8787)
  .option("--cloud-port <port>", "port of the local cloud, 0 for any free port", port, 8788)
  .option(
    "--date <YYYY-MM-DD>",
    "date of the local cloud's clock, which decides which models exist (default: today)",
    day,
  )
  .option("--routing <routing>", "universal, direct or bypass", (value) => set(`routing=${JSON.stringify(value)}`))
  .option("--vertex-locations <locations>", "Vertex locations in order of preference, comma-separated", (value) =>
    replaceSettings(withNames(settings, "vertexLocations", value)),
  )
  .option("--clients <names>", "names of clients, comma-separated; each gets its own token", (value) =>
    replaceSettings(withNames(settings, "clients", value)),
  )
  .option(
    "--set <key=value>",
    "any setting of docs/configuration.md, or a part of one (timeouts.jsonMs=1000), as JSON or text; repeatable",
    set,
  )
  .option("--exit", "stop after the demo; the exit status is 0 only if every answer came from where it should")
  .option(
    "--json",
    "print one line with every URL and token instead of the demo; " +
      "type npm -s start -- --json, because npm without -s prints other lines first",
  )
  .option("--faults", "list every fault that the local cloud can act out, and stop")
  .action(async ({ faults, ...options }: Omit<ServeOptions, "settings"> & { faults?: true }) => {
    if (faults) console.log((await import("./fault-table.ts")).faultTable());
    else await (await import("./serve.ts")).serve({ ...options, settings });
  });

// With --exit the demo must run to its end without a reader, because it decides the exit status.
endWithoutOutput(() => command.opts<ServeOptions>().exit === true);
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

function set(text: string): void {
  try {
    settings = withSetting(settings, text);
  } catch (error) {
    throw new InvalidArgumentError(oneLine(error));
  }
}

function replaceSettings(all: GivenSettings): void {
  settings = all;
}
