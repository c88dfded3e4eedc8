/**
 * Through the Universal Endpoint a refused Anthropic key looks like any failure that Vertex has made good. So while a key is
 * rotated such a failure is looked into: beside the request, at most once a minute, by asking Anthropic for one model.
 */
import { ANTHROPIC_HOST, anthropicHeaders } from "./anthropic.ts";
import type { RequestContext } from "./request-context.ts";
import { gatewayHeaders, providerUrl } from "./routing.ts";

const INTERVAL_MS = 60_000;
const LIMIT_MS = 10_000;

let checkedAtMs = Number.NEGATIVE_INFINITY;

export function doubtAnthropicKey(context: RequestContext): void {
  const isRotated = context.settings.anthropicApiKeys.length > 1;
  if (!isRotated || Date.now() - checkedAtMs < INTERVAL_MS) return;
  checkedAtMs = Date.now();
  // Without an answer nothing is known, and nothing changes.
  context.keepAlive.waitUntil(check(context).catch(() => undefined));
}

async function check(context: RequestContext): Promise<void> {
  const { settings, secrets } = context;
  const endpoint = "v1/models?limit=1";
  const response = await fetch(providerUrl(settings, { provider: "anthropic", host: ANTHROPIC_HOST, endpoint }), {
    redirect: "manual",
    signal: AbortSignal.timeout(LIMIT_MS),
    headers: { ...anthropicHeaders(new Headers(), secrets.anthropicApiKey), ...gatewayHeaders(context) },
  });
  await response.body?.cancel();
  if (response.status === 401) secrets.anthropicRefused();
}
