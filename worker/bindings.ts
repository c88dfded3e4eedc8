/**
 * The Worker's bindings, named here and nowhere else: `infra/worker/failover-worker.ts` must supply
 * exactly these keys, and the compiler checks it. They are read and checked once per isolate; from
 * there on the Worker knows only `Settings`.
 */

import { CLIENTS_PER_BINDING, type KnownClient, parseClient } from "./client-line.ts";
import { type GoogleCredential, isCredential } from "./google/credential.ts";
import { isText } from "./is-text.ts";
import { isOptions, type Options } from "./options.ts";

/** Stored in clear text. */
export interface PlainBindings {
  /** Name of the environment (the Pulumi stack), written into the gateway's log metadata. */
  ENVIRONMENT: string;
  /** `https://gateway.ai.cloudflare.com/v1/{account}/{gateway}`, without a slash at its end. */
  GATEWAY_URL: string;
  /** Google Cloud project id that the Vertex steps are billed to. */
  GOOGLE_PROJECT: string;
  /** Vertex locations in the order of preference, as a JSON array of strings. */
  VERTEX_LOCATIONS: string;
  /** How many clients `CLIENTS_1` and its followers list: a variable that is missing is noticed. */
  CLIENT_COUNT: string;
  /** Who may call, a line for each client (`client-line.ts`), `CLIENTS_PER_BINDING` lines each. */
  [name: ClientsBinding]: string;
  /** The `Options` below, as a JSON object. */
  OPTIONS: string;
}

/** Numbered from 1. */
export type ClientsBinding = `CLIENTS_${number}`;

/** Stored as `secret_text`. */
export interface SecretBindings {
  ANTHROPIC_API_KEY: string;
  /** A Cloudflare token that may run AI Gateway, sent as `cf-aig-authorization`. */
  GATEWAY_TOKEN: string;
  /**
   * A `GoogleCredential` as JSON in base64; a service account's key file is one as Google hands it
   * out.
   */
  GOOGLE_CREDENTIAL: string;
}

/**
 * While a secret is being rotated the one before it is here too: what is sent falls back to it
 * where the new one is refused.
 */
export type PreviousSecretBindings = { [Name in keyof SecretBindings as `${Name}_PREVIOUS`]?: string };

type TextBindings = PlainBindings & SecretBindings & PreviousSecretBindings;

/**
 * What the Worker uses of Cloudflare's `RateLimit`. Not imported from there: the infrastructure
 * program imports this file too, and does not know workerd's types.
 */
export interface RateLimit {
  /** Counts one call under the key. @returns `success: false` if there were too many already */
  limit(call: { key: string }): Promise<{ success: boolean }>;
}

/**
 * One for each `requestsPerMinute` among the clients; it lets through so many calls a minute for
 * each key.
 */
export type RateLimitBindings = { [name: `RATE_LIMIT_${number}`]: RateLimit };

/** What Cloudflare says of the upload that runs. Source: its binding `version_metadata`. */
export interface VersionBinding {
  VERSION: { id: string };
}

export type Bindings = TextBindings & VersionBinding & Partial<RateLimitBindings>;

/** A secret and, while it is rotated, the one before it. */
export interface CurrentAndPrevious<Secret> {
  current: Secret;
  previous?: Secret;
}

export interface Settings {
  /** Id of the upload that runs, which differs for each upload. */
  version: string;
  environment: string;
  gatewayUrl: string;
  gatewayTokens: CurrentAndPrevious<string>;
  anthropicApiKeys: CurrentAndPrevious<string>;
  googleProject: string;
  googleCredentials: CurrentAndPrevious<GoogleCredential>;
  vertexLocations: readonly string[];
  clients: readonly KnownClient[];
  /** By requests a minute. */
  rateLimits: ReadonlyMap<number, RateLimit>;
  options: Options;
}

/** A deployment fault: the Worker answers it with a 500 that names the binding, never its value. */
export class BindingError extends Error {
  override name = "BindingError";
}

/** @throws {BindingError} naming the first binding that is missing or malformed. */
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
      // Falls through: a parser's own message may quote the value.
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
  return {
    version,
    environment: text("ENVIRONMENT"),
    gatewayUrl: text("GATEWAY_URL"),
    gatewayTokens: secret("GATEWAY_TOKEN", text),
    anthropicApiKeys: secret("ANTHROPIC_API_KEY", text),
    googleProject: text("GOOGLE_PROJECT"),
    googleCredentials: secret("GOOGLE_CREDENTIAL", credential),
    vertexLocations: decoded<string[]>("VERTEX_LOCATIONS", JSON.parse, (locations) => locations.every(isText)),
    clients,
    rateLimits,
    options: decoded<Options>("OPTIONS", JSON.parse, isOptions),
  };
}
