/** `npm start`: brings the stack up on loopback, shows the story, and serves until Ctrl-C. Every error is one line. */
import { Command, InvalidArgumentError } from "commander";
import pc from "picocolors";
import { LocalStack } from "./stack.ts";
import { chooseModel, tellStory } from "./story.ts";
import { howToUse, whatWasMade } from "./tell.ts";

interface Options {
  port: number;
  cloudPort: number;
  date?: string;
  exit?: true;
  json?: true;
}

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
  .action((options: Options) => start(options));

try {
  await command.parseAsync();
} catch (error) {
  console.error(`claude-failover: ${oneLine(error)}`);
  process.exit(1);
}

async function start(options: Options): Promise<void> {
  let isServing = false;
  const say = options.json ? () => undefined : (text: string) => console.log(text);
  const stack = await LocalStack.up({
    port: options.port,
    cloudPort: options.cloudPort,
    ...(options.date ? { today: options.date } : {}),
    // The Worker's own log would drown the story.
    onLine: (line) => isServing && say(pc.dim(line)),
  });
  const readyS = (performance.now() / 1_000).toFixed(1);
  say(whatWasMade(stack, readyS));
  if (options.json) console.log(JSON.stringify(describe(stack)));

  const asExpected = options.json && !options.exit ? true : await tellStory(stack, say);
  if (options.exit) {
    await stack.down();
    process.exit(asExpected ? 0 : 1);
  }
  say(howToUse(stack, chooseModel(stack)));
  isServing = true;
  const stop = async () => {
    process.once("SIGINT", () => process.exit(130)); // a second Ctrl-C does not wait
    await stack.down();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Miniflare's own listener would exit at once, with an error's status: npm would call a Ctrl-C a failure.
    process.removeAllListeners(signal);
    process.once(signal, stop);
  }
}

function describe({ runtime, cloud, outputs, gatewayUrl, curl, anthropicApiKey }: LocalStack) {
  return {
    url: runtime.url,
    clientTokens: outputs.clientTokens,
    cloudUrl: cloud.url,
    faultsUrl: `${cloud.url}/faults`,
    gatewayUrl,
    gatewayToken: outputs.gatewayToken,
    anthropicApiKey,
    curl,
  };
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
