/** `npm start`: brings the stack up on loopback, shows the story, and serves until Ctrl-C. */
import pc from "picocolors";
import { Sandbox } from "../sandbox/index.ts";
import { chooseModel, runDemo } from "./demo.ts";
import { endOnSignal, statusOfSignal } from "./ending.ts";
import { howToUse, whatWasMade } from "./output.ts";

export interface ServeOptions {
  /** 0: any free one. */
  port: number;
  /** 0: any free one. */
  cloudPort: number;
  /** YYYY-MM-DD. */
  date?: string;
  /** Of the program, beyond the ones that every stack needs. */
  settings: Readonly<Record<string, unknown>>;
  /** Stop after the story. */
  exit?: true;
  /** One line instead of the story. */
  json?: true;
}

/** @throws an error whose message is one line for the user. */
export async function serve(options: ServeOptions): Promise<void> {
  // Being stopped is how serving ends; a story that is cut short is no success.
  endOnSignal((signal) => (options.exit ? statusOfSignal(signal) : 0));
  let isServing = false;
  const say = options.json ? () => undefined : (text: string) => console.log(text);
  const stack = await Sandbox.up({
    port: options.port,
    cloudPort: options.cloudPort,
    ...(options.date ? { today: options.date } : {}),
    config: options.settings,
    // The Worker's own log would drown the story.
    onLine: (line) => isServing && say(pc.dim(line)),
  });
  const readyS = (performance.now() / 1_000).toFixed(1);
  say(whatWasMade(stack, readyS));
  if (options.json) console.log(JSON.stringify(describe(stack)));

  const asExpected = options.json && !options.exit ? true : await runDemo(stack, say);
  if (options.exit) process.exit(asExpected ? 0 : 1);
  say(howToUse(stack, chooseModel(stack).anthropicId));
  isServing = true;
}

function describe({ runtime, cloud, outputs, gatewayUrl, curl, anthropicApiKey }: Sandbox) {
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
