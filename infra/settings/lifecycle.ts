/** Settings of a stack's lifecycle: rotation, protection from deletion, adoption, names. */
import { z } from "zod";
import { ROTATION } from "./formats.ts";

export const LIFECYCLE = {
  rotation: z
    .strictObject({
      gatewayToken: z
        .strictObject(ROTATION)
        .prefault({})
        .meta({ description: "The run token that the stack mints for the gateway" }),
      google: z
        .strictObject(ROTATION)
        .prefault({})
        .meta({ description: "The key of the service account, or the signing key" }),
    })
    .prefault({})
    .meta({
      description: "Rotation of the secrets that the stack mints. The rotation of a client's token is set in `clients`",
      example: `'{"google":{"epoch":2}}'`,
    }),
  protect: z.boolean().default(false).meta({
    description:
      "Whether Pulumi refuses to delete or replace the gateway, the Worker, its address and its identity at Google",
    example: "true",
  }),
  adopt: z
    .array(z.enum(["gateway", "worker", "serviceAccount", "role"]))
    .default([])
    .meta({
      description:
        "Existing resources with this stack's names that the stack takes over. This repairs an `up` that created a " +
        "resource but lost the cloud's answer",
      example: `'["gateway"]'`,
    }),
};

/** Only the program has this setting, because a component gets its names as an argument. */
export const NAMING = {
  namedAfter: z
    .string()
    .regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, "the value is a project and a stack, like claude-failover/prod")
    .optional()
    .meta({
      description:
        "The project and the stack that are used in names in the clouds. If absent, these are the project and the " +
        "stack of the run. Set it before you rename the project or the stack, so that no resource is replaced",
      example: "PROJECT/STACK",
    }),
};
