/** What the Worker is told of the settings: plain values in the form that `worker/bindings.ts` declares. */
import type { Options as WorkerOptions } from "../../worker/bindings.ts";
import type { Options } from "../settings/index.ts";

export function toWorkerOptions(
  settings: Pick<Options, "routing" | "force" | "logPayloads" | "timeouts" | "breaker" | "corsOrigins" | "models">,
): WorkerOptions {
  const { routing, force = null, logPayloads, timeouts, breaker, corsOrigins, models } = settings;
  return { routing, force, logPayloads, timeouts, breaker, corsOrigins, models };
}
