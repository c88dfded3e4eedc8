/**
 * How many variables the settings need and how large they are, known before anything is created.
 * Source of the limits: developers.cloudflare.com/workers/platform/limits, "Environment variables".
 */
import type { ClientsBinding, PlainBindings, PreviousSecretBindings, SecretBindings } from "../../worker/bindings.ts";
import { CLIENTS_PER_BINDING } from "../../worker/client-line.ts";

export const MAX_BINDING_BYTES = 5 * 1024;

/**
 * Cloudflare's free plan allows so many; the paid one allows 128, and a program cannot know the
 * plan. Cloudflare's limit is about text and secrets. Rate limits are counted too, since it is not
 * known whether Cloudflare counts them.
 */
export const MAX_BINDINGS = 64;

/** They need 32 variables. With the other 12, that leaves 20 for rate limits. */
export const MAX_CLIENTS = 1_000;

/**
 * Bindings that do not depend on the clients, with a previous value of every secret. The compiler
 * finds a missing name.
 */
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

/** How many different rates fit beside so many clients. */
export function maxRates(clientCount: number): number {
  return MAX_BINDINGS - Object.keys(OTHER_BINDINGS).length - Math.ceil(clientCount / CLIENTS_PER_BINDING);
}
