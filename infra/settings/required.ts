/** What only a customer can know: where, and the secrets. A secret's second slot is filled while it is changed. */
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
    description: "The key that Anthropic is called with",
  }),
  anthropicApiKeyPrevious: anthropicKey("the key is no text").optional().meta({
    description: "While the key is changed: the one before it, used where Anthropic refuses the new one",
  }),
  gatewayToken: cloudflareToken.optional().meta({
    description: "A Cloudflare token with AI Gateway Run, for a deployer who may not mint one; absent: one is minted",
  }),
  gatewayTokenPrevious: cloudflareToken.optional().meta({
    description: "While a given `gatewayToken` is changed: the one before it",
  }),
  otelAuthorization: z.string().min(1).optional().meta({
    description: "The `authorization` header of the OpenTelemetry export",
  }),
};
