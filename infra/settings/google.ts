/** How the Worker becomes known to Google, and what it may do there. */
import { z } from "zod";
import { modelId } from "./formats.ts";

export const GOOGLE = {
  googleAuth: z.enum(["serviceAccountKey", "workloadIdentity"]).default("serviceAccountKey").meta({
    description: "By a service account's key, or without any Google key, for organisations that forbid them",
    example: "workloadIdentity",
  }),
  googleImpersonation: z.boolean().default(false).meta({
    description: "With `workloadIdentity`: act as a service account, as VPC Service Controls perimeters need it",
    example: "true",
  }),
  googleRole: z.enum(["aiplatform.user", "predictOnly"]).default("aiplatform.user").meta({
    description: "`predictOnly`: a custom role with `aiplatform.endpoints.predict` and nothing else",
    example: "predictOnly",
  }),
  modelGarden: z
    .strictObject({
      models: z.array(modelId).min(1).meta({
        description: "Anthropic's ids; questionnaire and terms must have been accepted by hand before",
      }),
      region: z
        .string()
        .regex(/^[a-z]+-[a-z]+[0-9]+$/, "a region is like us-east5")
        .default("us-east5")
        .meta({ description: "The region whose API is asked" }),
    })
    .optional()
    .meta({ description: "Models that are enabled in Model Garden", example: `'{"models":["claude-sonnet-4-6"]}'` }),
};
