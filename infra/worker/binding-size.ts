/**
 * Limits for the number and the size of the Worker's variables, so that they can be checked before
 * anything is created. Source of the limits: developers.cloudflare.com/workers/platform/limits,
 * "Environment variables".
 */
import type {
  ClientsBinding,
  FailureCounterBinding,
  PlainBindings,
  PreviousSecretBindings,
  SecretBindings,
  VersionBinding,
} from "../../worker/bindings.ts";
import { CLIENTS_PER_BINDING } from "../../worker/client-line.ts";

export const MAX_BINDING_BYTES = 5 * 1024;

/**
 * The limit of Cloudflare's free plan. The paid plan allows 128, but a program cannot know the
 * plan. Cloudflare's documents mention only text and secrets. Rate limits and the version are
 * counted here too, because it is not known whether Cloudflare counts them.
 */
export const MAX_BINDINGS = 64;

/** 1,000 clients need 32 variables. With the 14 other variables, 18 are left for rate limits. */
export const MAX_CLIENTS = 1_000;

/**
 * Bindings that do not depend on the clients, including the previous value of every secret, and the
 * failure counter even if the stack has none. The compiler finds a missing name. A stack without
 * Bedrock has no binding of it.
 */
const OTHER_BINDINGS: Readonly<
  Record<
    | Exclude<keyof PlainBindings, ClientsBinding>
    | keyof SecretBindings
    | keyof PreviousSecretBindings
    | keyof FailureCounterBinding
    | keyof VersionBinding,
    true
  >
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
  BEDROCK_API_KEY: true,
  BEDROCK_API_KEY_PREVIOUS: true,
  FAILURE_COUNTER: true,
  VERSION: true,
};

/** @returns how many different rates a Worker with so many clients can have */
export function maxRates(clientCount: number, hasBedrock: boolean): number {
  const others = Object.keys(OTHER_BINDINGS).filter((name) => hasBedrock || !name.startsWith("BEDROCK_"));
  return MAX_BINDINGS - others.length - Math.ceil(clientCount / CLIENTS_PER_BINDING);
}
