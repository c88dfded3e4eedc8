/**
 * Calls the AI Gateway directly with the stack's run token, as the Worker does: the Universal
 * Endpoint with its array of steps, and the provider-native endpoints. A query is text, so that an
 * experiment decides its bytes. Source: developers.cloudflare.com/ai-gateway/usage/universal.
 */
import { type RawAnswer, type RawRequest, rawRequest } from "./raw-request.ts";

export interface GatewayStep {
  provider: "anthropic" | "google-vertex-ai" | "aws-bedrock";
  /** Without a leading slash. */
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  /** JSON text. It leaves this machine as it is. */
  query: string;
}

export interface GatewayCallsOptions {
  /** The account's address at the gateway: `https://gateway.ai.cloudflare.com/v1/{account}`. */
  url: string;
  token: string;
  signal: AbortSignal;
}

export class GatewayCalls {
  readonly #options: GatewayCallsOptions;

  constructor(options: GatewayCallsOptions) {
    this.#options = options;
  }

  universal(
    gateway: string,
    steps: readonly GatewayStep[],
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawAnswer> {
    const texts = steps.map(({ query, ...step }) => `${JSON.stringify(step).slice(0, -1)},"query":${query}}`);
    return this.#send(gateway, { url: "", headers, body: `[${texts.join(",")}]` });
  }

  /** @param path from the provider's name on: `anthropic/v1/models` */
  native(gateway: string, path: string, request: Omit<RawRequest, "url"> = {}): Promise<RawAnswer> {
    return this.#send(gateway, { ...request, url: `/${path}` });
  }

  #send(gateway: string, { url: path, headers, ...request }: RawRequest): Promise<RawAnswer> {
    const { url, token, signal } = this.#options;
    const own = { "cf-aig-authorization": `Bearer ${token}`, "cf-aig-skip-cache": "true" };
    return rawRequest({ ...request, url: `${url}/${gateway}${path}`, headers: { ...own, ...headers } }, signal);
  }
}
