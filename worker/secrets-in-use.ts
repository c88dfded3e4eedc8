/**
 * Which secret is sent during a rotation: the current one. If the provider refuses it, the previous
 * one is sent for a minute: a new key may not be active everywhere yet, or may be mistyped. Google's
 * credentials are not here: they are tried in order whenever a token is fetched.
 */
import type { CurrentAndPrevious, Settings } from "./bindings.ts";

const RETRY_CURRENT_AFTER_MS = 60_000;

type RotatedSecret = "anthropicApiKeys" | "gatewayTokens";

/** What an isolate remembers of refused secrets. */
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
    const { current, previous }: CurrentAndPrevious<string> = this.#settings[name];
    const isRefused = Date.now() - (this.#refusedAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < RETRY_CURRENT_AFTER_MS;
    return previous !== undefined && isRefused ? previous : current;
  }

  /** @returns what to send in place of a refused secret: the same where there is no other. */
  otherThan(refused: string, name: RotatedSecret): string {
    const { current, previous } = this.#settings[name];
    if (refused !== current || previous === undefined) return refused;
    this.#refusedAtMs.set(name, Date.now());
    return previous;
  }
}

/** The secrets that one request sends. */
export class SecretsInUse {
  readonly #rotation: SecretRotation;
  anthropicApiKey: string;
  gatewayToken: string;

  constructor(rotation: SecretRotation) {
    this.#rotation = rotation;
    this.anthropicApiKey = rotation.choose("anthropicApiKeys");
    this.gatewayToken = rotation.choose("gatewayTokens");
  }

  /** After Anthropic's 401. @returns whether the request has another key to try. */
  anthropicRefused(): boolean {
    const refused = this.anthropicApiKey;
    this.anthropicApiKey = this.#rotation.otherThan(refused, "anthropicApiKeys");
    return this.anthropicApiKey !== refused;
  }

  /**
   * After the gateway refused its run token. @returns whether the request has another one to try.
   */
  gatewayRefused(): boolean {
    const refused = this.gatewayToken;
    this.gatewayToken = this.#rotation.otherThan(refused, "gatewayTokens");
    return this.gatewayToken !== refused;
  }
}
