/**
 * The Worker's bindings, named here and nowhere else: `infra/failover-worker.ts` must supply exactly these keys, and the
 * compiler checks it. They are read and checked once per isolate; from there on the Worker knows only `Settings`.
 */

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
  /** `true` or `false`: whether the gateway's log keeps prompts and answers. */
  LOG_PAYLOADS: string;
  /** Who may call: a JSON array of `{"name": string, "sha256": string}`, the digest of each token in lower-case hex. */
  CLIENTS: string;
  /** The `Timeouts` below, as a JSON object. */
  TIMEOUTS: string;
}

/** Stored as `secret_text`. */
export interface SecretBindings {
  ANTHROPIC_API_KEY: string;
  /** A Cloudflare token that may run AI Gateway, sent as `cf-aig-authorization`. */
  GATEWAY_TOKEN: string;
  /** A service account's JSON key file in base64, just as `google.iam` hands it out. */
  GOOGLE_CREDENTIAL: string;
}

export type Bindings = PlainBindings & SecretBindings;

/** How long the Worker waits, in milliseconds. */
export interface Timeouts {
  /** Of a streamed request: to the first byte of one target's answer. */
  firstByteMs: number;
  /** Of a streamed request: to the first event that decides whether a 200 is an answer; pings do not reset it. */
  firstEventMs: number;
  /** Of a request that is not streamed: one target's whole answer. */
  jsonMs: number;
  /** All targets together. The SDKs give up at 600,000. */
  chainMs: number;
}

export interface Client {
  name: string;
  sha256: string;
}

/** The part of a service account's key file that signing needs. */
export interface ServiceAccountKey {
  client_email: string;
  private_key: string;
  private_key_id: string;
  token_uri: string;
}

export interface Settings {
  environment: string;
  gatewayUrl: string;
  gatewayToken: string;
  anthropicApiKey: string;
  googleProject: string;
  googleCredential: ServiceAccountKey;
  vertexLocations: readonly string[];
  logPayloads: boolean;
  clients: readonly Client[];
  timeouts: Timeouts;
}

/** A deployment fault: the Worker answers it with a 500 that names the binding, never its value. */
export class BindingError extends Error {
  override name = "BindingError";
}

let checked: { bindings: Partial<Bindings>; settings: Settings } | undefined;

/** @throws {BindingError} naming the first binding that is missing or malformed. */
export function readSettings(bindings: Partial<Bindings>): Settings {
  if (checked?.bindings !== bindings) checked = { bindings, settings: parse(bindings) };
  return checked.settings;
}

function parse(bindings: Partial<Bindings>): Settings {
  const text = (name: keyof Bindings): string => {
    const value = bindings[name];
    if (typeof value !== "string" || value === "") throw new BindingError(`The binding ${name} is missing.`);
    return value;
  };
  const decoded = <T>(name: keyof Bindings, decode: (value: string) => unknown, isValid: (value: T) => boolean): T => {
    const raw = text(name);
    try {
      const value = decode(raw) as T;
      if (isValid(value)) return value;
    } catch {
      // Falls through: a parser's own message may quote the value.
    }
    throw new BindingError(`The binding ${name} is malformed.`);
  };
  return {
    environment: text("ENVIRONMENT"),
    gatewayUrl: text("GATEWAY_URL"),
    gatewayToken: text("GATEWAY_TOKEN"),
    anthropicApiKey: text("ANTHROPIC_API_KEY"),
    googleProject: text("GOOGLE_PROJECT"),
    googleCredential: decoded<ServiceAccountKey>(
      "GOOGLE_CREDENTIAL",
      (value) => JSON.parse(atob(value)),
      (key) => [key.client_email, key.private_key, key.private_key_id, key.token_uri].every(isText),
    ),
    vertexLocations: decoded<string[]>("VERTEX_LOCATIONS", JSON.parse, (locations) => locations.every(isText)),
    logPayloads: decoded<boolean>("LOG_PAYLOADS", JSON.parse, (value) => typeof value === "boolean"),
    clients: decoded<Client[]>("CLIENTS", JSON.parse, (clients) =>
      clients.every((client) => isText(client.name) && /^[0-9a-f]{64}$/.test(client.sha256)),
    ),
    timeouts: decoded<Timeouts>("TIMEOUTS", JSON.parse, (timeouts) =>
      [timeouts.firstByteMs, timeouts.firstEventMs, timeouts.jsonMs, timeouts.chainMs].every((ms) => ms > 0),
    ),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
