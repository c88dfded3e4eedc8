/** How the Worker authenticates at Google, and what it may do there. */
import { z } from "zod";
import { modelId } from "./formats.ts";

export const GOOGLE = {
  googleAuth: z.enum(["serviceAccountKey", "workloadIdentity"]).default("serviceAccountKey").meta({
    description: "With a service account's key, or without any Google key, for organisations that forbid such keys",
    example: "workloadIdentity",
  }),
  googleImpersonation: z.boolean().default(false).meta({
    description: "With `workloadIdentity`: act as a service account, which VPC Service Controls perimeters require",
    example: "true",
  }),
  googleRole: z.enum(["aiplatform.user", "predictOnly"]).default("aiplatform.user").meta({
    description: "`predictOnly`: a custom role with the one permission `aiplatform.endpoints.predict`",
    example: "predictOnly",
  }),
  modelGarden: z
    .strictObject({
      models: z.array(modelId).min(1).meta({
        description: "Anthropic's ids; the questionnaire and the terms must have been accepted by hand",
      }),
      region: z
        .string()
        .regex(/^[a-z]+-[a-z]+[0-9]+$/, "a region is like us-east5")
        .default("us-east5")
        .meta({ description: "The region whose API is asked" }),
    })
    .optional()
    .meta({ description: "Models to enable in Model Garden", example: `'{"models":["claude-sonnet-4-6"]}'` }),
};
