/**
 * How much of what Cloudflare allows a Worker's variables the settings take, known before anything is made. Source of the
 * limits: developers.cloudflare.com/workers/platform/limits, "Environment variables".
 */
import type { ClientsBinding, PlainBindings, PreviousSecretBindings, SecretBindings } from "../../worker/bindings.ts";
import { CLIENTS_PER_BINDING } from "../../worker/client-line.ts";
import type { Settings } from "../settings/index.ts";
import { toWorkerOptions } from "./bindings.ts";

export const MAX_BINDING_BYTES = 5 * 1024;

/**
 * Of Cloudflare's free plan; the paid one allows 128, and a program cannot know the plan. Cloudflare means text and secrets;
 * rate limits are counted too, since nobody has seen whether it counts them.
 */
export const MAX_BINDINGS = 64;

/** Of `MAX_BINDINGS`, their 32 variables and the other 12 leave 20 for rate limits. */
export const MAX_CLIENTS = 1_000;

/** Those that do not depend on the clients, both slots of every secret filled. The compiler notices a missing name. */
const OTHER_BINDINGS: Readonly<
  Record<Exclude<keyof PlainBindings, ClientsBinding> | keyof SecretBindings | keyof PreviousSecretBindings, true>
> = {
  ENVIRONMENT: true,
  GATEWAY_URL: true,
  GOOGLE_PROJECT: true,
  VERTEX_LOCATIONS: true,
  CLIENT_COUNT: true,
  OPTIONS: true,
  ANTHROPIC_API_KEY: true,
  ANTHROPIC_API_KEY_PREVIOUS: true,
  GATEWAY_TOKEN: true,
  GATEWAY_TOKEN_PREVIOUS: true,
  GOOGLE_CREDENTIAL: true,
  GOOGLE_CREDENTIAL_PREVIOUS: true,
};

export function bindingBytes(settings: Settings): { OPTIONS: number } {
  return { OPTIONS: Buffer.byteLength(JSON.stringify(toWorkerOptions(settings))) };
}

/** How many different rates there may be beside so many clients. */
export function maxRates(clientCount: number): number {
  return MAX_BINDINGS - Object.keys(OTHER_BINDINGS).length - Math.ceil(clientCount / CLIENTS_PER_BINDING);
}
