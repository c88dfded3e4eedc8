/** An AI gateway: its settings, what the API makes of those that are left out, and its log. */

/** By the names of the Pulumi schema; the REST API has them in snake_case, `otels` as `otel`. */
export interface GatewaySettings {
  authentication: boolean;
  byokOnly: boolean;
  cacheInvalidateOnUpdate: boolean;
  /** Seconds; 0: nothing is cached. */
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
  /** Null: not set. */
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
  /** ISO 8601, in whole seconds. */
  createdAt: string;
  modifiedAt: string;
  /** Whether it parses a step's `query` and prints it anew; what the real one does is not known. */
  reprintsQueries: boolean;
  /** Authenticated calls by kind of endpoint. Nothing is limited by them: a rate limit is a fault here. */
  calls: { universal: number; native: number };
  /** One entry a call to a provider, as the dashboard's log shows it. */
  logs: GatewayLog[];
}

export interface GatewayLog {
  id: string;
  provider: string;
  /** Of a call to the Universal Endpoint. */
  step?: number;
  status: number;
  metadata: Record<string, unknown>;
  /** Present only where payloads are collected. */
  payload?: { request: string };
}

/** What a gateway has where its creation says nothing. Established: `logpush` to `zdr`; the others: docs/fidelity.md. */
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
