/**
 * The Worker's bindings. `infra/worker/failover-worker.ts` must supply exactly these keys, and the
 * compiler checks that. The bindings are read and checked once for each isolate. The other files of
 * the Worker use only `Settings`.
 */

import { CLIENTS_PER_BINDING, type KnownClient, parseClient } from "./client-line.ts";
import { type GoogleCredential, isCredential } from "./google/credential.ts";
import { isText } from "./is-text.ts";
import { isOptions, type Options } from "./options.ts";

/** Bindings that Cloudflare stores as plain text. */
export interface PlainBindings {
  /**
   * Name of the environment (the Pulumi stack), which is written into the metadata of the gateway's
   * log.
   */
  ENVIRONMENT: string;
  /**
   * The gateway's URL without a trailing slash:
   * `https://gateway.ai.cloudflare.com/v1/{account}/{gateway}`
   */
  GATEWAY_URL: string;
  /** Id of the Google Cloud project that pays for the Vertex steps. */
  GOOGLE_PROJECT: string;
  /** Vertex locations in order of preference, as a JSON array of strings. */
  VERTEX_LOCATIONS: string;
  /**
   * The number of clients in all `CLIENTS_<n>` together, so that the Worker notices a missing
   * variable.
   */
  CLIENT_COUNT: string;
  /**
   * The clients that may call: `CLIENTS_PER_BINDING` lines, one for each client (`client-line.ts`).
   */
  [name: ClientsBinding]: string;
  /** The `Options` as a JSON object. */
  OPTIONS: string;
}

/** Name of a variable with clients. The numbers begin at 1. */
export type ClientsBinding = `CLIENTS_${number}`;

/** Bindings that Cloudflare stores as `secret_text`. */
export interface SecretBindings {
  ANTHROPIC_API_KEY: string;
  /** A Cloudflare token that may run AI Gateway, sent as `cf-aig-authorization`. */
  GATEWAY_TOKEN: string;
  /**
   * A `GoogleCredential` as JSON in base64. The key file of a service account, as Google issues it,
   * is such a credential.
   */
  GOOGLE_CREDENTIAL: string;
  /** An API key of Amazon Bedrock. Absent if Bedrock is not used. */
  BEDROCK_API_KEY?: string;
}

/**
 * The previous secrets, while they are rotated. The Worker uses a previous secret if the new one is
 * refused.
 */
export type PreviousSecretBindings = { [Name in keyof SecretBindings as `${Name}_PREVIOUS`]?: string };

type TextBindings = PlainBindings & SecretBindings & PreviousSecretBindings;

/**
 * The part of Cloudflare's type `RateLimit` that the Worker uses. It is declared here because the
 * infrastructure program imports this file too and does not have workerd's types.
 */
export interface RateLimit {
  /** Counts one call of the key. @returns `success: false` if the key has reached its limit */
  limit(call: { key: string }): Promise<{ success: boolean }>;
}

/**
 * One binding for each value of the clients' `requestsPerMinute`. It allows that many calls per
 * minute for each key.
 */
export type RateLimitBindings = { [name: `RATE_LIMIT_${number}`]: RateLimit };

/**
 * Counts the failures of targets that all isolates in one Cloudflare location see
 * (`failover/neighbours.ts`). Without it each isolate counts alone.
 */
export type FailureCounterBinding = { FAILURE_COUNTER: RateLimit };

/** Cloudflare's binding `version_metadata`, which describes the upload that runs. */
export interface VersionBinding {
  VERSION: { id: string };
}

export type Bindings = TextBindings & VersionBinding & Partial<RateLimitBindings & FailureCounterBinding>;

/** A secret and, while it is rotated, its previous value. */
export interface CurrentAndPrevious<Secret> {
  current: Secret;
  previous?: Secret;
}

export interface Settings {
  /** Id of the upload that runs. Each upload has another id. */
  version: string;
  environment: string;
  gatewayUrl: string;
  gatewayTokens: CurrentAndPrevious<string>;
  anthropicApiKeys: CurrentAndPrevious<string>;
  /** Absent if Bedrock is not used. */
  bedrockApiKeys?: CurrentAndPrevious<string>;
  googleProject: string;
  googleCredentials: CurrentAndPrevious<GoogleCredential>;
  vertexLocations: readonly string[];
  clients: readonly KnownClient[];
  /** The rate limits. The keys are requests per minute. */
  rateLimits: ReadonlyMap<number, RateLimit>;
  /** Undefined if the stack has none. */
  failureCounter: RateLimit | undefined;
  options: Options;
}

/**
 * A fault of the deployment. The Worker answers with a 500 that names the binding, but not its
 * value.
 */
export class BindingError extends Error {
  override name = "BindingError";
}

/** @throws {BindingError} with the name of the first binding that is missing or malformed */
export function readSettings(bindings: Partial<Bindings>): Settings {
  const text = (name: keyof TextBindings): string => {
    const value = bindings[name];
    if (typeof value !== "string" || value === "") throw new BindingError(`The binding ${name} is missing.`);
    return value;
  };
  const decoded = <T>(
    name: keyof TextBindings,
    decode: (value: string) => unknown,
    isValid: (value: T) => boolean,
  ): T => {
    const raw = text(name);
    try {
      const value = decode(raw) as T;
      if (isValid(value)) return value;
    } catch {
      // The parser's error is dropped, because its message may quote the value.
    }
    throw new BindingError(`The binding ${name} is malformed.`);
  };
  const secret = <T>(name: keyof SecretBindings, read: (name: keyof TextBindings) => T): CurrentAndPrevious<T> => ({
    current: read(name),
    ...(bindings[`${name}_PREVIOUS`] ? { previous: read(`${name}_PREVIOUS`) } : {}),
  });
  const credential = (name: keyof TextBindings) =>
    decoded<GoogleCredential>(name, (value) => JSON.parse(atob(value)), isCredential);
  const clientCount = decoded<number>("CLIENT_COUNT", Number, (count) => Number.isInteger(count) && count > 0);
  const clientsFrom = (first: number) =>
    decoded<KnownClient[]>(
      `CLIENTS_${first / CLIENTS_PER_BINDING + 1}`,
      (lines) => lines.split("\n").map(parseClient),
      ({ length }) => length === Math.min(CLIENTS_PER_BINDING, clientCount - first),
    );
  const clients: KnownClient[] = [];
  while (clients.length < clientCount) clients.push(...clientsFrom(clients.length));
  const rateLimits = new Map<number, RateLimit>();
  for (const rate of clients.flatMap(({ requestsPerMinute }) => requestsPerMinute ?? [])) {
    const limit = bindings[`RATE_LIMIT_${rate}`];
    if (!limit) throw new BindingError(`The binding RATE_LIMIT_${rate} is missing.`);
    rateLimits.set(rate, limit);
  }
  const version = bindings.VERSION?.id;
  if (!isText(version)) throw new BindingError("The binding VERSION is missing.");
  const options = decoded<Options>("OPTIONS", JSON.parse, isOptions);
  return {
    version,
    environment: text("ENVIRONMENT"),
    gatewayUrl: text("GATEWAY_URL"),
    gatewayTokens: secret("GATEWAY_TOKEN", text),
    anthropicApiKeys: secret("ANTHROPIC_API_KEY", text),
    ...(options.bedrock ? { bedrockApiKeys: secret("BEDROCK_API_KEY", text) } : {}),
    googleProject: text("GOOGLE_PROJECT"),
    googleCredentials: secret("GOOGLE_CREDENTIAL", credential),
    vertexLocations: decoded<string[]>("VERTEX_LOCATIONS", JSON.parse, (locations) => locations.every(isText)),
    clients,
    rateLimits,
    failureCounter: bindings.FAILURE_COUNTER,
    options,
  };
}
