/**
 * Converts a gateway's settings into arguments of Cloudflare's API. Defaults are given too, so that
 * a refresh finds no change.
 */
import type { AiGatewayArgs as CloudflareAiGatewayArgs } from "@pulumi/cloudflare/aiGateway.js";
import * as pulumi from "@pulumi/pulumi";
import { OPTIONS, type Options } from "../settings/index.ts";

type Setting = "rateLimit" | "spendLimits" | "logs" | "logpush" | "otel" | "zeroDataRetention";

/** Settings of a gateway, with the defaults of docs/configuration.md. */
export interface GatewaySettings extends Partial<Pick<Options, Setting>> {
  /** Secret: the `authorization` header of the OpenTelemetry export. Default: none. */
  otelAuthorization?: pulumi.Input<string> | undefined;
}

const DEFAULTS: Pick<Options, Setting> = OPTIONS.parse({});

export function gatewayArgs(given: GatewaySettings): Omit<CloudflareAiGatewayArgs, "accountId" | "aiGatewayId"> {
  const { rateLimit, spendLimits, logs, logpush, otel, otelAuthorization, zeroDataRetention } = {
    ...DEFAULTS,
    ...given,
  };
  return {
    authentication: true,
    byokOnly: true,
    cacheInvalidateOnUpdate: false,
    cacheTtl: 0,
    collectLogs: true,
    logManagement: logs.entries,
    logManagementStrategy: logs.whenFull,
    logpush: logpush !== undefined,
    ...(logpush?.publicKey ? { logpushPublicKey: logpush.publicKey } : {}),
    rateLimitingInterval: rateLimit?.intervalSeconds ?? 0,
    rateLimitingLimit: rateLimit?.requests ?? 0,
    rateLimitingTechnique: rateLimit?.technique ?? "fixed",
    workersAiBillingMode: "postpaid",
    zdr: zeroDataRetention,
    ...(spendLimits.length > 0 ? { spendLimits: { enabled: true, rules: spendLimits.map(spendRule) } } : {}),
    ...(otel
      ? {
          otels: [
            {
              url: otel.url,
              headers: otel.headers,
              contentType: otel.contentType,
              // The provider does not mark the header as a secret, so the state would contain it as
              // plain text.
              ...(otelAuthorization ? { authorization: pulumi.secret(otelAuthorization) } : {}),
            },
          ],
        }
      : {}),
  };
}

function spendRule({ usd, windowSeconds, technique, client, models }: Options["spendLimits"][number], index: number) {
  return {
    // Without an id, the provider gives every rule the same one.
    id: `rule-${index + 1}`,
    enabled: true,
    limit: usd,
    limitType: "cost",
    technique,
    window: windowSeconds,
    ...(client ? { metadata: { client: { mode: "filter", values: [client] } } } : {}),
    ...(models ? { model: { mode: "filter", values: models } } : {}),
  };
}
