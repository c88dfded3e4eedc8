/** Formats that several settings share, with their error texts. */
import { z } from "zod";

export const location = z
  .string()
  .regex(/^(global|us|eu|[a-z]+-[a-z]+[0-9]+)$/, "a Vertex location is a region such as us-east5, or us, eu, global")
  .meta({ example: "us-east5" });

export const modelId = z.string().regex(/^claude-[a-z0-9-]+$/, "a model's id is like claude-sonnet-4-6");

/** The provider has the same check, but only for a token in the configuration. */
export const cloudflareToken = z
  .string()
  .regex(/^[\w-]{40,80}$/, "a Cloudflare API token has 40 to 80 letters, digits, '-' and '_'");

export const milliseconds = z.int().min(1);

export function anthropicKey(whatIfMissing: string) {
  return z.string({ error: whatIfMissing }).regex(/^sk-ant-[\w-]{8,}$/, "an Anthropic API key starts with sk-ant-");
}

/**
 * Amazon's long-term API keys begin with ABSK (the rules of gitleaks). A short-term key ends after
 * twelve hours at most.
 */
export function bedrockKey() {
  return z
    .string()
    .regex(/^ABSK[A-Za-z0-9+/=]{8,}$/, "a long-term Bedrock API key starts with ABSK; a short-term key ends too soon");
}

/** Rotation of one minted secret. */
export const ROTATION = {
  epoch: z.int().min(1).default(1).meta({
    description:
      "Number of the current secret. Raise it by one to rotate. The old secret stays valid until the next rotation",
  }),
  revokePrevious: z.boolean().default(false).meta({
    description: "Whether the previous secret is deleted at once. Use it after a leak",
  }),
};
