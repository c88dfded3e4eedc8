/**
 * The Universal Endpoint: tries the steps in order. Any answer that is not 2xx, or no answer, leads
 * to the next step, as Cloudflare documents. Sources:
 * developers.cloudflare.com/ai-gateway/usage/universal, docs/fidelity.md.
 */
import type { CloudContext } from "../http/context.ts";
import { type Exchange, jsonBody } from "../http/exchange.ts";
import type { Gateway } from "../state/index.ts";
import { INVALID_PROVIDER, NO_CREDENTIAL, NO_RESPONSE, NOT_CONFIGURED, sendGatewayError } from "./errors.ts";
import { answerHeaders, logCall } from "./log.ts";
import { callProvider, PROVIDERS, relay } from "./providers.ts";
import { stepQueries } from "./step-queries.ts";

interface UniversalStep {
  provider: string;
  endpoint: string;
  headers?: Record<string, unknown>;
  query: unknown;
  config?: { requestTimeout?: number };
}

export async function universalEndpoint(exchange: Exchange, context: CloudContext, gateway: Gateway): Promise<void> {
  const steps = jsonBody(exchange) as UniversalStep[] | undefined;
  if (!Array.isArray(steps) || steps.length === 0) return sendGatewayError(exchange, NOT_CONFIGURED);
  const queries = queryTexts(exchange.body.toString("utf8"), gateway.reprintsQueries);

  for (const [index, step] of steps.entries()) {
    const provider = PROVIDERS.get(step.provider);
    if (!provider) return sendGatewayError(exchange, INVALID_PROVIDER);
    const headers = lowerCase(step.headers ?? {});
    if (gateway.byokOnly && !headers[provider.credential]) return sendGatewayError(exchange, NO_CREDENTIAL);
    const isLast = index === steps.length - 1;
    const query = queries[index] ?? "";
    const startedAtMs = Date.now();
    const upstream = await callProvider(exchange, context, {
      provider,
      method: "POST",
      path: step.endpoint,
      headers,
      body: Buffer.from(query),
      timeoutMs: isLast ? Number.NaN : stepTimeoutMs(step, headers, exchange),
    });
    const { provider: slug, endpoint: path } = step;
    const call = { provider: slug, path, step: index, query, startedAtMs, answer: upstream };
    const id = logCall(gateway, exchange, call);
    if (exchange.response.destroyed) return;
    if (!upstream) {
      if (isLast) return sendGatewayError(exchange, NO_RESPONSE);
      continue;
    }
    const status = upstream.statusCode ?? 502;
    if (isLast || (status >= 200 && status <= 299)) {
      return relay(exchange, upstream, { "cf-aig-step": String(index), ...answerHeaders(id) });
    }
    upstream.resume();
  }
}

/** The setting closest to the provider wins: step header, step config, request header. */
function stepTimeoutMs({ config }: UniversalStep, headers: Record<string, string>, { headers: outer }: Exchange) {
  return Number(headers["cf-aig-request-timeout"] ?? config?.requestTimeout ?? outer["cf-aig-request-timeout"]);
}

/**
 * The text of each step's `query`, as written or serialized again. Which of the two the real
 * gateway sends is not known.
 */
function queryTexts(text: string, isReprinted: boolean): string[] {
  const queries = stepQueries(text);
  return isReprinted ? queries.map((query) => (query === "" ? "" : JSON.stringify(JSON.parse(query)))) : queries;
}

function lowerCase(headers: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}
