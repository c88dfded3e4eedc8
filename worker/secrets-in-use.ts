/**
 * Chooses the secret to send during a rotation. It is the current one. If the provider refuses it,
 * the previous one is sent for a minute, because a new key may be mistyped or not yet active
 * everywhere. Google's credentials are not in this file: they are tried in order whenever a token
 * is fetched.
 */
import type { CurrentAndPrevious, Settings } from "./bindings.ts";
import type { PreviousSecrets } from "./log.ts";

const RETRY_CURRENT_AFTER_MS = 60_000;

type RotatedSecret = "anthropicApiKeys" | "gatewayTokens" | "bedrockApiKeys";

/** For a provider that is not used. No step is made with it. */
const NO_SECRET: CurrentAndPrevious<string> = { current: "" };

/** Remembers for an isolate which secrets were refused. */
export class SecretRotation {
  readonly #settings: Pick<Settings, RotatedSecret>;
  readonly #refusedAtMs = new Map<RotatedSecret, number>();

  constructor(settings: Pick<Settings, RotatedSecret>) {
    this.#settings = settings;
  }

  forRequest(): SecretsInUse {
    return new SecretsInUse(this);
  }

  choose(name: RotatedSecret): string {
    const { current, previous } = this.#pair(name);
    const refusedAtMs = previous === undefined ? undefined : this.#refusedAtMs.get(name);
    const isRefused = refusedAtMs !== undefined && Date.now() - refusedAtMs < RETRY_CURRENT_AFTER_MS;
    return previous !== undefined && isRefused ? previous : current;
  }

  isPrevious(secret: string, name: RotatedSecret): boolean {
    return secret === this.#pair(name).previous;
  }

  /** @returns the secret to send instead of a refused one; the same secret if there is no other */
  otherThan(refused: string, name: RotatedSecret): string {
    const { current, previous } = this.#pair(name);
    if (refused !== current || previous === undefined) return refused;
    this.#refusedAtMs.set(name, Date.now());
    return previous;
  }

  #pair(name: RotatedSecret): CurrentAndPrevious<string> {
    return this.#settings[name] ?? NO_SECRET;
  }
}

/** The secrets that one request sends. */
export class SecretsInUse {
  readonly #rotation: SecretRotation;
  readonly #inUse: Record<RotatedSecret, string>;

  constructor(rotation: SecretRotation) {
    this.#rotation = rotation;
    this.#inUse = {
      anthropicApiKeys: rotation.choose("anthropicApiKeys"),
      gatewayTokens: rotation.choose("gatewayTokens"),
      bedrockApiKeys: rotation.choose("bedrockApiKeys"),
    };
  }

  get anthropicApiKey(): string {
    return this.#inUse.anthropicApiKeys;
  }

  get gatewayToken(): string {
    return this.#inUse.gatewayTokens;
  }

  get bedrockApiKey(): string {
    return this.#inUse.bedrockApiKeys;
  }

  /** The secrets of which the request used the previous value. */
  get previous(): PreviousSecrets {
    return {
      ...(this.#isPrevious("anthropicApiKeys") ? { anthropic_key: true } : {}),
      ...(this.#isPrevious("gatewayTokens") ? { gateway_token: true } : {}),
      ...(this.#isPrevious("bedrockApiKeys") ? { bedrock_key: true } : {}),
    };
  }

  /** Called after Anthropic answered 401. @returns whether there is another key to try */
  anthropicRefused(): boolean {
    return this.#replace("anthropicApiKeys");
  }

  /** Called after Bedrock answered 401 or 403. @returns whether there is another key to try */
  bedrockRefused(): boolean {
    return this.#replace("bedrockApiKeys");
  }

  /**
   * Called after the gateway refused the run token. @returns whether there is another token to try
   */
  gatewayRefused(): boolean {
    return this.#replace("gatewayTokens");
  }

  #isPrevious(name: RotatedSecret): boolean {
    return this.#rotation.isPrevious(this.#inUse[name], name);
  }

  /** @returns whether there is another secret, which is then used */
  #replace(name: RotatedSecret): boolean {
    const refused = this.#inUse[name];
    this.#inUse[name] = this.#rotation.otherThan(refused, name);
    return this.#inUse[name] !== refused;
  }
}
