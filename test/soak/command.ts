/**
 * The command line of `npm run soak`. It checks the options first, because a run without requests
 * would pass.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { endOnSignal, endWithoutOutput, statusOfSignal } from "../../local/cli/ending.ts";
import { oneLine } from "../../local/cli/given-settings.ts";

interface Options {
  requests: number;
  seed: number;
  routing: string;
}

const MAX_SEED = 2 ** 31 - 1;

const command = new Command("npm run soak --")
  .description("Sends many requests while both providers fail at random, and checks every answer.")
  .option("--requests <number>", "number of requests", wholeNumber(1, 100_000_000), 100_000)
  .option(
    "--seed <number>",
    "runs with the same seed send the same requests (default: from the clock)",
    wholeNumber(0, MAX_SEED),
  )
  .addOption(
    new Option("--routing <routing>", "how the Worker reaches the providers")
      .choices(["universal", "direct", "bypass"])
      .default("universal"),
  )
  .action(({ seed = Date.now() % MAX_SEED, ...options }: Omit<Options, "seed"> & { seed?: number }) =>
    run({ ...options, seed }),
  );

// The exit status is known only at the end, so a closed output does not end the run.
endWithoutOutput(() => true);
endOnSignal(statusOfSignal);
try {
  await command.parseAsync();
} catch (error) {
  console.error(`soak: ${oneLine(error)}`);
  process.exit(1);
}

async function run(options: Options): Promise<void> {
  const { soak } = await import("./soak.ts");
  const { asMb } = await import("../support/memory.ts");
  const repeat = `--requests ${options.requests} --seed ${options.seed} --routing ${options.routing}`;
  console.log(repeat);
  const startedMs = Date.now();
  const { outcomes, violations, growthBytes } = await soak(options);
  console.log(`${Math.round((Date.now() - startedMs) / 1_000)} s`, outcomes);
  if (growthBytes !== undefined) console.log(`workerd grew by ${asMb(growthBytes)} after its warm-up`);
  for (const violation of violations.slice(0, 20)) console.error(violation);
  console.log(`${violations.length} violations${violations.length > 0 ? `; repeat with ${repeat}` : ""}`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most}.`);
  };
}
