/**
 * The AI Gateway's limits, logs and exports. Source of the limits:
 * developers.cloudflare.com/ai-gateway/reference/limits.
 */
import { z } from "zod";

const technique = z.enum(["fixed", "sliding"]).default("fixed").meta({
  description: "`fixed`: windows follow one another; `sliding`: the window moves with time",
});

export const GATEWAY = {
  rateLimit: z
    .strictObject({
      requests: z.int().min(1).meta({ description: "Requests to the gateway, all clients together" }),
      intervalSeconds: z.int().min(1).meta({ description: "Within this time" }),
      technique,
    })
    .optional()
    .meta({ description: "Above it the gateway answers 429", example: `'{"requests":600,"intervalSeconds":60}'` }),
  spendLimits: z
    .array(
      z.strictObject({
        usd: z.number().positive().meta({ description: "US dollars, by Cloudflare's table of prices" }),
        windowSeconds: z.int().min(1).meta({ description: "Within this time" }),
        technique,
        client: z
          .string()
          .optional()
          .meta({ description: "Counts this client's spending; absent: everybody's together" }),
        models: z.array(z.string()).min(1).optional().meta({
          description: "Counts these models, by the providers' own ids; absent: all models",
        }),
      }),
    )
    .max(20, "a gateway has at most 20 spend limits")
    .default([])
    .meta({
      description: "Above one of them the gateway answers 429",
      example: `'[{"usd":100,"windowSeconds":86400}]'`,
    }),
  logs: z
    .strictObject({
      entries: z.int().min(10_000).max(10_000_000).default(100_000).meta({ description: "How many entries are kept" }),
      whenFull: z.enum(["DELETE_OLDEST", "STOP_INSERTING"]).default("DELETE_OLDEST").meta({
        description: "What happens when so many are there",
      }),
    })
    .prefault({})
    .meta({ description: "The gateway's log", example: `'{"entries":100000}'` }),
  logPayloads: z.boolean().default(false).meta({
    description: "Whether the gateway's log keeps prompts and answers",
    example: "false",
  }),
  logpush: z
    .strictObject({
      publicKey: z.string().min(1).optional().meta({ description: "PEM; encrypts what is pushed" }),
    })
    .optional()
    .meta({ description: "Lets the account's Logpush jobs read the gateway's log", example: "'{}'" }),
  otel: z
    .strictObject({
      url: z.url({
        protocol: /^https$/,
        error: "an OpenTelemetry endpoint is like https://otel.example.com/v1/traces",
      }),
      headers: z.record(z.string(), z.string()).default({}).meta({
        description: "Headers of the export; a secret one goes into `otelAuthorization`",
      }),
      contentType: z.enum(["json", "protobuf"]).default("json").meta({ description: "How spans are written" }),
    })
    .optional()
    .meta({
      description: "Where the gateway exports OpenTelemetry spans to",
      example: `'{"url":"https://otel.example.com/v1/traces"}'`,
    }),
  zeroDataRetention: z
    .boolean()
    .default(false)
    .meta({
      description:
        "The gateway's own flag. Cloudflare heeds it for its own credentials only, never for yours: what Anthropic " +
        "and Google keep is between you and them",
      example: "false",
    }),
};
