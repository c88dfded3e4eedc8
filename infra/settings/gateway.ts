/**
 * Settings of the AI Gateway: limits, logs and exports. Source of their ranges:
 * developers.cloudflare.com/ai-gateway/reference/limits.
 */
import { z } from "zod";

const technique = z.enum(["fixed", "sliding"]).default("fixed").meta({
  description: "With `fixed`, a new window starts when the last one ends. With `sliding`, the window always ends now",
});

export const GATEWAY = {
  rateLimit: z
    .strictObject({
      requests: z
        .int()
        .min(1)
        .meta({ description: "Maximum number of requests in one interval, from all clients together" }),
      intervalSeconds: z.int().min(1).meta({ description: "Length of an interval" }),
      technique,
    })
    .optional()
    .meta({
      description: "Limit for the number of requests. The gateway answers further requests with 429",
      example: `'{"requests":600,"intervalSeconds":60}'`,
    }),
  spendLimits: z
    .array(
      z.strictObject({
        usd: z
          .number()
          .positive()
          .meta({ description: "Maximum cost in one window, in US dollars, by Cloudflare's price table" }),
        windowSeconds: z.int().min(1).meta({ description: "Length of a window" }),
        technique,
        client: z
          .string()
          .optional()
          .meta({ description: "The client whose cost is counted. If absent, the cost of all clients is counted" }),
        models: z.array(z.string()).min(1).optional().meta({
          description: "The models whose cost is counted, as ids of the providers. If absent, all models are counted",
        }),
      }),
    )
    .max(20, "a gateway has at most 20 spend limits")
    .default([])
    .meta({
      description: "Limits for the cost. Above any of them the gateway answers with 429",
      example: `'[{"usd":100,"windowSeconds":86400}]'`,
    }),
  logs: z
    .strictObject({
      entries: z.int().min(10_000).max(10_000_000).default(100_000).meta({ description: "Maximum number of entries" }),
      whenFull: z.enum(["DELETE_OLDEST", "STOP_INSERTING"]).default("DELETE_OLDEST").meta({
        description: "What the gateway does when the log is full",
      }),
    })
    .prefault({})
    .meta({ description: "Size of the gateway's log", example: `'{"entries":100000}'` }),
  logPayloads: z.boolean().default(false).meta({
    description: "Whether the gateway's log contains prompts and answers",
    example: "false",
  }),
  logpush: z
    .strictObject({
      publicKey: z.string().min(1).optional().meta({
        description: "Public key in PEM format, with which the gateway encrypts the pushed entries",
      }),
    })
    .optional()
    .meta({ description: "If set, the account's Logpush jobs can read the gateway's log", example: "'{}'" }),
  otel: z
    .strictObject({
      url: z
        .url({
          protocol: /^https$/,
          error: "an OpenTelemetry endpoint is like https://otel.example.com/v1/traces",
        })
        .meta({ description: "URL of the endpoint" }),
      headers: z.record(z.string(), z.string()).default({}).meta({
        description: "Headers of the export. Put an `authorization` header into the secret `otelAuthorization`",
      }),
      contentType: z.enum(["json", "protobuf"]).default("json").meta({ description: "Format of the spans" }),
    })
    .optional()
    .meta({
      description: "The endpoint to which the gateway exports OpenTelemetry spans",
      example: `'{"url":"https://otel.example.com/v1/traces"}'`,
    }),
  zeroDataRetention: z
    .boolean()
    .default(false)
    .meta({
      description:
        "The gateway's flag for zero data retention. Cloudflare applies it only to requests with Cloudflare's own " +
        "credentials, so it does not change what Anthropic and Google store. Your contracts with them decide that",
      example: "false",
    }),
};
