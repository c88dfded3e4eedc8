/** Settings of the Worker's identity at Google and of its permissions there. */
import { z } from "zod";
import { FABLE_CONSENTS } from "../models/fable.ts";
import { modelId } from "./formats.ts";

export const GOOGLE = {
  googleAuth: z
    .enum(["serviceAccountKey", "workloadIdentity"])
    .default("serviceAccountKey")
    .meta({
      description:
        "How the Worker authenticates at Google. `workloadIdentity` needs no Google key; use it if your organisation " +
        "forbids service account keys",
      example: "workloadIdentity",
    }),
  googleImpersonation: z
    .boolean()
    .default(false)
    .meta({
      description:
        "Whether the Worker acts as a service account. VPC Service Controls perimeters require this. It needs " +
        "`workloadIdentity`",
      example: "true",
    }),
  googleRole: z.enum(["aiplatform.user", "predictOnly"]).default("aiplatform.user").meta({
    description:
      "The Worker's role. `predictOnly` is a custom role that has only the permission `aiplatform.endpoints.predict`",
    example: "predictOnly",
  }),
  modelGarden: z
    .strictObject({
      models: z
        .array(modelId)
        .min(1)
        .meta({
          description:
            "Anthropic's ids of the models. First accept the terms and answer the questionnaire in Model Garden " +
            `yourself. Claude Fable also needs ${FABLE_CONSENTS}`,
        }),
      region: z
        .string()
        .regex(/^[a-z]+-[a-z]+[0-9]+$/, "a region is like us-east5")
        .default("us-east5")
        .meta({ description: "The region in which the API of Model Garden is called" }),
    })
    .optional()
    .meta({
      description: "Models that the stack enables in Model Garden",
      example: `'{"models":["claude-sonnet-4-6"]}'`,
    }),
};
