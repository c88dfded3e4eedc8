/**
 * A provider-native endpoint of a gateway. It forwards any method, path and query string unchanged.
 * There are no steps: the provider's answer is the answer. Source:
 * developers.cloudflare.com/ai-gateway/usage/providers.
 */
import type { CloudContext } from "../http/context.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Gateway } from "../state/index.ts";
import { INVALID_PROVIDER, NO_CREDENTIAL, NO_RESPONSE, sendGatewayError } from "./errors.ts";
import { answerHeaders, logCall } from "./log.ts";
import { callProvider, PROVIDERS, relay } from "./providers.ts";

/** @param path what follows the slug, with the query string */
export async function nativeEndpoint(
  exchange: Exchange,
  context: CloudContext,
  gateway: Gateway,
  slug: string,
  path: string,
): Promise<void> {
  const { method, headers, body } = exchange;
  const provider = PROVIDERS.get(slug);
  if (!provider) return sendGatewayError(exchange, INVALID_PROVIDER);
  if (gateway.byokOnly && !headers[provider.credential]) return sendGatewayError(exchange, NO_CREDENTIAL);
  const timeoutMs = Number(headers["cf-aig-request-timeout"]);
  const startedAtMs = Date.now();
  const upstream = await callProvider(exchange, context, { provider, method, path, headers, body, timeoutMs });
  const query = body.toString("utf8");
  const id = logCall(gateway, exchange, { provider: slug, path, query, startedAtMs, answer: upstream });
  if (exchange.response.destroyed) return;
  if (!upstream) return sendGatewayError(exchange, NO_RESPONSE);
  relay(exchange, upstream, answerHeaders(id));
}
