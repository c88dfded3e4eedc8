/**
 * Which of its two slots a secret is sent from while it is rotated: the newest, until whoever checks it has refused it; then for
 * a minute the previous one, since a new key may not be known everywhere yet, or be mistyped. Remembered per isolate. Google's
 * credentials are not here: they are tried in their order whenever a token is fetched.
 */
import type { Settings } from "./bindings.ts";

const RETRY_NEWEST_AFTER_MS = 60_000;

type Slotted = "anthropicApiKeys" | "gatewayTokens";

const refusedAtMs: Record<Slotted, number> = {
  anthropicApiKeys: Number.NEGATIVE_INFINITY,
  gatewayTokens: Number.NEGATIVE_INFINITY,
};

/** The secrets that one request sends. */
export class SecretsInUse {
  readonly #settings: Settings;
  anthropicApiKey: string;
  gatewayToken: string;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.anthropicApiKey = this.#choose("anthropicApiKeys");
    this.gatewayToken = this.#choose("gatewayTokens");
  }

  /** After Anthropic's 401. @returns whether the request has another key to try. */
  anthropicRefused(): boolean {
    const refused = this.anthropicApiKey;
    this.anthropicApiKey = this.#otherThan(refused, "anthropicApiKeys");
    return this.anthropicApiKey !== refused;
  }

  /** After the gateway refused its run token. @returns whether the request has another one to try. */
  gatewayRefused(): boolean {
    const refused = this.gatewayToken;
    this.gatewayToken = this.#otherThan(refused, "gatewayTokens");
    return this.gatewayToken !== refused;
  }

  #choose(secret: Slotted): string {
    const [newest, previous] = this.#settings[secret];
    const isRefused = Date.now() - refusedAtMs[secret] < RETRY_NEWEST_AFTER_MS;
    return previous !== undefined && isRefused ? previous : newest;
  }

  #otherThan(refused: string, secret: Slotted): string {
    const [newest, previous] = this.#settings[secret];
    if (refused !== newest || previous === undefined) return refused;
    refusedAtMs[secret] = Date.now();
    return previous;
  }
}
