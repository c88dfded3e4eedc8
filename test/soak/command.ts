/** The command line of `npm run soak`. Options are checked before anything starts: no requests would be no violations. */
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
  .description("Sends many requests while both sides fail at random, and checks every answer.")
  .option("--requests <number>", "how many requests", whole(1, 100_000_000), 100_000)
  .option(
    "--seed <number>",
    "a run with the same seed plans the same requests (default: by the clock)",
    whole(0, MAX_SEED),
  )
  .addOption(
    new Option("--routing <routing>", "how the Worker reaches both sides")
      .choices(["universal", "direct", "bypass"])
      .default("universal"),
  )
  .action(({ seed = Date.now() % MAX_SEED, ...options }: Omit<Options, "seed"> & { seed?: number }) =>
    run({ ...options, seed }),
  );

// The exit status is the verdict, which comes at the end.
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
  const again = `--requests ${options.requests} --seed ${options.seed} --routing ${options.routing}`;
  console.log(again);
  const startedMs = Date.now();
  const { outcomes, violations, growthBytes } = await soak(options);
  console.log(`${Math.round((Date.now() - startedMs) / 1_000)} s`, outcomes);
  if (growthBytes !== undefined) console.log(`workerd grew by ${asMb(growthBytes)} after its warm-up`);
  for (const violation of violations.slice(0, 20)) console.error(violation);
  console.log(`${violations.length} violations${violations.length > 0 ? `; again with ${again}` : ""}`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most}.`);
  };
}
