/** The settings that the Worker gets, in the form that `worker/bindings.ts` declares. */
import type { Options as WorkerOptions } from "../../worker/bindings.ts";
import type { Options } from "../settings/index.ts";

type WorkerSettings = Pick<
  Options,
  "routing" | "force" | "logPayloads" | "timeouts" | "breaker" | "corsOrigins" | "models"
>;

export function toWorkerOptions(settings: WorkerSettings): WorkerOptions {
  const { routing, force = null, logPayloads, timeouts, breaker, corsOrigins, models } = settings;
  return { routing, force, logPayloads, timeouts, breaker, corsOrigins, models };
}

/** Size of the variable that holds them. */
export function optionsBytes(settings: WorkerSettings): number {
  return Buffer.byteLength(JSON.stringify(toWorkerOptions(settings)));
}
