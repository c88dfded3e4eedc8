/** Formats that several settings share, each with its error text. */
import { z } from "zod";

export const location = z
  .string()
  .regex(/^(global|us|eu|[a-z]+-[a-z]+[0-9]+)$/, "a Vertex location is a region such as us-east5, or us, eu, global")
  .meta({ example: "us-east5" });

export const modelId = z.string().regex(/^claude-[a-z0-9-]+$/, "a model's id is like claude-sonnet-4-6");

/** The provider checks the same, but not for a token from the environment. */
export const cloudflareToken = z
  .string()
  .regex(/^[\w-]{40,80}$/, "a Cloudflare API token has 40 to 80 letters, digits, '-' and '_'");

export const milliseconds = z.int().min(1);

export function anthropicKey(whatIfMissing: string) {
  return z.string({ error: whatIfMissing }).regex(/^sk-ant-[\w-]{8,}$/, "an Anthropic API key starts with sk-ant-");
}

/** How far a minted secret has been rotated. */
export const ROTATION = {
  epoch: z.int().min(1).default(1).meta({
    description: "Raise it by one to rotate; the previous secret stays valid until it is raised again",
  }),
  revokePrevious: z.boolean().default(false).meta({ description: "After a leak: ends the previous secret at once" }),
};
