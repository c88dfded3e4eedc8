/**
 * Cloudflare's price list and limits, as far as the Worker meets them. Sources, read in November
 * 2026: developers.cloudflare.com/workers/platform/pricing, /workers/platform/limits,
 * /workers/observability/logs/workers-logs ("Pricing"), /ai-gateway/reference/pricing and
 * /ai-gateway/reference/limits.
 */

const MILLION = 1e6;

/** The paid plan of Workers, in US dollars a month. */
export const PAID = {
  subscriptionUsd: 5,
  requests: { included: 10 * MILLION, usdPerMillion: 0.3 },
  cpuMs: { included: 30 * MILLION, usdPerMillion: 0.02 },
  /** Log events that are written, also those of gateways of accounts since 2026-09-24. */
  logEvents: { included: 20 * MILLION, usdPerMillion: 0.6 },
};

export const LIMITS = {
  freeCpuMs: 10,
  freeRequestsPerDay: 100_000,
  memoryBytes: 128 * 1024 * 1024,
  freeSubrequests: 50,
  paidSubrequests: 10_000,
  connections: 6,
  /** Of accounts before 2026-09-24. */
  gatewayLogsPerSecond: 500,
};

export interface Usage {
  requests: number;
  cpuMs: number;
  logEvents: number;
}

export interface Bill {
  requestsUsd: number;
  cpuUsd: number;
  logsUsd: number;
  totalUsd: number;
}

/** @returns what a month of this usage costs on the paid plan */
export function billOf({ requests, cpuMs, logEvents }: Usage): Bill {
  const requestsUsd = beyondIncluded(requests, PAID.requests);
  const cpuUsd = beyondIncluded(cpuMs, PAID.cpuMs);
  const logsUsd = beyondIncluded(logEvents, PAID.logEvents);
  return { requestsUsd, cpuUsd, logsUsd, totalUsd: PAID.subscriptionUsd + requestsUsd + cpuUsd + logsUsd };
}

function beyondIncluded(amount: number, price: { included: number; usdPerMillion: number }): number {
  return (Math.max(0, amount - price.included) / MILLION) * price.usdPerMillion;
}
