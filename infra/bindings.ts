/** What the Worker is told of the settings: plain values in the form that `worker/bindings.ts` declares. */
import type { Client, Options as WorkerOptions } from "../worker/bindings.ts";
import type { Options } from "./settings/index.ts";

export type ClientSettings = Options["clients"][number];

/** @param digestsOf SHA-256 of the tokens that are accepted, in base64 */
export function sentClients<Digests>(
  clients: readonly ClientSettings[],
  digestsOf: (client: ClientSettings) => Digests,
): (Omit<Client, "sha256"> & { sha256: Digests })[] {
  return clients.map((client) => ({
    name: client.name,
    sha256: digestsOf(client),
    // Absent where they are not set: every byte counts against a variable's 5 KB.
    ...(client.operator ? { operator: true } : {}),
    ...(client.batches ? { batches: true } : {}),
    ...(client.requestsPerMinute === undefined ? {} : { requestsPerMinute: client.requestsPerMinute }),
  }));
}

export function sentOptions(
  settings: Pick<Options, "routing" | "force" | "logPayloads" | "timeouts" | "breaker" | "corsOrigins" | "models">,
): WorkerOptions {
  const { routing, force = null, logPayloads, timeouts, breaker, corsOrigins, models } = settings;
  return { routing, force, logPayloads, timeouts, breaker, corsOrigins, models };
}
