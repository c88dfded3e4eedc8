/**
 * The settings that every stack needs, and the secret settings. While you change a secret, you also
 * set its previous value.
 */
import { z } from "zod";
import { anthropicKey, bedrockKey, cloudflareToken } from "./formats.ts";

export const REQUIRED = {
  cloudflareAccountId: z
    .string({ error: "the Cloudflare account id is missing" })
    .regex(/^[0-9a-f]{32}$/, "a Cloudflare account id has 32 hexadecimal digits in lower case")
    .meta({ description: "Id of the Cloudflare account", example: "ACCOUNT_ID" }),
  googleProject: z
    .string({ error: "the Google Cloud project id is missing" })
    .regex(
      /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
      "a Google Cloud project id has 6 to 30 lower-case letters, digits and hyphens",
    )
    .meta({
      description: "Id of a Google Cloud project with billing, in which Model Garden has the Claude models enabled",
      example: "PROJECT_ID",
    }),
};

export const SECRETS = {
  anthropicApiKey: anthropicKey("the Anthropic API key is missing").meta({
    description: "The key for Anthropic's API",
  }),
  anthropicApiKeyPrevious: anthropicKey("an Anthropic API key is text").optional().meta({
    description: "The previous key, while you change the key. The Worker uses it if Anthropic refuses the new key",
  }),
  gatewayToken: cloudflareToken.optional().meta({
    description:
      "A Cloudflare token with the permission AI Gateway Run, for a deployer who may not mint one. If absent, the " +
      "stack mints the token",
  }),
  gatewayTokenPrevious: cloudflareToken.optional().meta({
    description: "The previous token, while you change `gatewayToken`",
  }),
  bedrockApiKey: bedrockKey()
    .optional()
    .meta({
      description:
        "The API key of Amazon Bedrock, for `bedrock`: a long-term key of an IAM user with the policy " +
        "`AmazonBedrockMantleInferenceAccess`",
    }),
  bedrockApiKeyPrevious: bedrockKey().optional().meta({
    description:
      "The previous key, while you change `bedrockApiKey`. The Worker uses it if Bedrock refuses the new key",
  }),
  otelAuthorization: z.string().min(1).optional().meta({
    description: "The `authorization` header of the OpenTelemetry export",
  }),
};
