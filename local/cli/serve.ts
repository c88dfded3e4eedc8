/** `npm start`: starts the stack on loopback, runs the demo, and serves until Ctrl-C. */
import pc from "picocolors";
import { Sandbox } from "../sandbox/index.ts";
import { chooseModel, runDemo } from "./demo.ts";
import { endOnSignal, statusOfSignal } from "./ending.ts";
import { createdResources, usage } from "./output.ts";

export interface ServeOptions {
  /** Port of the Worker. 0 means any free port. */
  port: number;
  /** Port of the local cloud. 0 means any free port. */
  cloudPort: number;
  /** Date as YYYY-MM-DD. */
  date?: string;
  /** Program settings in addition to the required ones. */
  settings: Readonly<Record<string, unknown>>;
  /** Stop after the demo. */
  exit?: true;
  /** Print one line of JSON instead of the demo. */
  json?: true;
}

/** @throws an error whose message is one line for the user */
export async function serve(options: ServeOptions): Promise<void> {
  // A signal is the normal end of serving, so the status is 0. A demo that is cut short has failed.
  endOnSignal((signal) => (options.exit ? statusOfSignal(signal) : 0));
  let isServing = false;
  const say = options.json ? () => undefined : (text: string) => console.log(text);
  const stack = await Sandbox.up({
    port: options.port,
    cloudPort: options.cloudPort,
    ...(options.date ? { today: options.date } : {}),
    config: options.settings,
    isUpdatable: true,
    // The Worker's log would hide the demo's output.
    onLine: (line) => isServing && say(pc.dim(line)),
  });
  const readyS = (performance.now() / 1_000).toFixed(1);
  say(createdResources(stack, readyS));
  if (options.json) console.log(JSON.stringify(describe(stack)));

  const asExpected = options.json && !options.exit ? true : await runDemo(stack, say);
  if (options.exit) process.exit(asExpected ? 0 : 1);
  say(usage(stack, chooseModel(stack).anthropicId));
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
