/** Converts settings into the Worker's options, as `worker/options.ts` declares them. */
import type { Options as WorkerOptions } from "../../worker/options.ts";
import { defaultChain } from "../settings/chain.ts";
import type { Options } from "../settings/index.ts";

export const WORKER_SETTINGS = [
  "routing",
  "force",
  "logPayloads",
  "timeouts",
  "breaker",
  "stickiness",
  "corsOrigins",
  "models",
  "bedrock",
  "chain",
] as const satisfies readonly (keyof Options)[];

type WorkerSettings = Pick<Options, (typeof WORKER_SETTINGS)[number]>;

export function toWorkerOptions(settings: WorkerSettings): WorkerOptions {
  const { routing, force = null, logPayloads, timeouts, stickiness, corsOrigins, models, bedrock = null } = settings;
  const { chain = defaultChain(settings.bedrock) } = settings;
  // The Worker sees from its bindings whether it has neighbours.
  const { neighbours: _binding, ...breaker } = settings.breaker;
  return { routing, force, logPayloads, timeouts, breaker, stickiness, corsOrigins, models, bedrock, chain };
}

/** @returns the size of the variable that contains the Worker's options */
export function optionsBytes(settings: WorkerSettings): number {
  return Buffer.byteLength(JSON.stringify(toWorkerOptions(settings)));
}
