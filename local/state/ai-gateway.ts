/** An AI gateway: its settings, their defaults, and its log. */

/** Names are those of the Pulumi schema. The REST API uses snake_case, and `otel` for `otels`. */
export interface GatewaySettings {
  authentication: boolean;
  byokOnly: boolean;
  cacheInvalidateOnUpdate: boolean;
  /** In seconds. 0 disables the cache. */
  cacheTtl: number;
  collectLogs: boolean;
  logManagement: number;
  logManagementStrategy: string;
  logpush: boolean;
  otels: readonly object[];
  rateLimitingInterval: number;
  rateLimitingLimit: number;
  rateLimitingTechnique: string;
  spendLimits: { enabled: boolean; rules: readonly object[] };
  workersAiBillingMode: string;
  zdr: boolean;
  /** Null means not set. */
  dlp: object | null;
  guardrails: object | null;
  logClassification: boolean | null;
  logpushPublicKey: string | null;
  retryBackoff: string | null;
  retryDelay: number | null;
  retryMaxAttempts: number | null;
  storeId: string | null;
  stripe: object | null;
}

export interface Gateway extends GatewaySettings {
  id: string;
  /** ISO 8601 in whole seconds. */
  createdAt: string;
  modifiedAt: string;
  /**
   * Whether the gateway parses a step's `query` and serializes it again. What the real one does is
   * not known.
   */
  reprintsQueries: boolean;
  /**
   * Number of authenticated calls, by type of endpoint. They limit nothing: a rate limit is a fault
   * here.
   */
  calls: { universal: number; native: number };
  /** One entry per call to a provider, oldest first. `logManagement` is the most that are kept. */
  logs: GatewayLog[];
}

/** Names are those of the API in camelCase. A call without an answer has the status 0. */
export interface GatewayLog {
  id: string;
  /** ISO 8601. */
  createdAt: string;
  /** In milliseconds: to the end of the answer, and until then to its headers. */
  duration: number;
  provider: string;
  /** As the provider calls it; "" when the request names none. */
  model: string;
  /** Without a leading slash, with the query string. */
  path: string;
  /** Only for calls to the Universal Endpoint. */
  step?: number;
  status: number;
  success: boolean;
  /** Null when the answer has no such number. */
  tokensIn: number | null;
  tokensOut: number | null;
  /** In dollars. */
  cost: number;
  responseContentType?: string;
  metadata: Record<string, unknown>;
  /** Present only when payloads are collected. */
  payload?: { request: string };
}

/**
 * The settings of a gateway when its creation leaves them out. Known: `logpush` to `zdr`. For the
 * others see docs/fidelity.md.
 */
export const GATEWAY_DEFAULTS: GatewaySettings = {
  authentication: false,
  byokOnly: false,
  cacheInvalidateOnUpdate: false,
  cacheTtl: 0,
  collectLogs: true,
  logManagement: 100_000,
  logManagementStrategy: "DELETE_OLDEST",
  rateLimitingInterval: 0,
  rateLimitingLimit: 0,
  rateLimitingTechnique: "fixed",
  logpush: false,
  otels: [],
  spendLimits: { enabled: false, rules: [] },
  workersAiBillingMode: "postpaid",
  zdr: false,
  dlp: null,
  guardrails: null,
  logClassification: null,
  logpushPublicKey: null,
  retryBackoff: null,
  retryDelay: null,
  retryMaxAttempts: null,
  storeId: null,
  stripe: null,
};

export function newGateway(id: string, settings: Partial<GatewaySettings>): Gateway {
  const createdAt = `${new Date().toISOString().slice(0, 19)}Z`;
  return {
    id,
    createdAt,
    modifiedAt: createdAt,
    ...GATEWAY_DEFAULTS,
    ...settings,
    reprintsQueries: false,
    calls: { universal: 0, native: 0 },
    logs: [],
  };
}
