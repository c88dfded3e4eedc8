/**
 * The settings that every stack needs, and the secret settings. A secret's previous value is set
 * while the secret is being changed.
 */
import { z } from "zod";
import { anthropicKey, cloudflareToken } from "./formats.ts";

export const REQUIRED = {
  cloudflareAccountId: z
    .string({ error: "the Cloudflare account id is missing" })
    .regex(/^[0-9a-f]{32}$/, "a Cloudflare account id has 32 hexadecimal digits in lower case")
    .meta({ description: "The Cloudflare account", example: "ACCOUNT_ID" }),
  googleProject: z
    .string({ error: "the Google Cloud project id is missing" })
    .regex(
      /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
      "a Google Cloud project id has 6 to 30 lower-case letters, digits and hyphens",
    )
    .meta({
      description: "Id of a project with billing, where the Claude models are enabled in Model Garden",
      example: "PROJECT_ID",
    }),
};

export const SECRETS = {
  anthropicApiKey: anthropicKey("the Anthropic API key is missing").meta({
    description: "The key for Anthropic's API",
  }),
  anthropicApiKeyPrevious: anthropicKey("an Anthropic API key is text").optional().meta({
    description: "The previous key, while the key is being changed; used where Anthropic refuses the new one",
  }),
  gatewayToken: cloudflareToken.optional().meta({
    description:
      "A Cloudflare token with AI Gateway Run, for a deployer who may not mint one. Absent: the stack mints one",
  }),
  gatewayTokenPrevious: cloudflareToken.optional().meta({
    description: "The previous token, while a given `gatewayToken` is being changed",
  }),
  otelAuthorization: z.string().min(1).optional().meta({
    description: "The `authorization` header of the OpenTelemetry export",
  }),
};
