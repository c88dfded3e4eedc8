/** How much of a Worker's variable the settings take, known before anything is made: a digest's length is always the same. */
import { sentClients, sentOptions } from "./bindings.ts";
import type { Settings } from "./settings/index.ts";

/** developers.cloudflare.com/workers/platform/limits, "Environment variables". */
export const MAX_BINDING_BYTES = 5 * 1024;
/** SHA-256 in base64. */
const DIGEST = "0".repeat(44);

export function bindingBytes(settings: Settings): { CLIENTS: number; OPTIONS: number } {
  // Room for both slots of every client: a rotation after a leak must not be what does not fit.
  const clients = sentClients(settings.clients, () => [DIGEST, DIGEST]);
  return { CLIENTS: bytes(clients), OPTIONS: bytes(sentOptions(settings)) };
}

function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
