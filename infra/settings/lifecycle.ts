/** A stack's lifecycle: rotation, protection from deletion, taking over what exists. */
import { z } from "zod";
import { ROTATION } from "./formats.ts";

export const LIFECYCLE = {
  rotation: z
    .strictObject({
      gatewayToken: z.strictObject(ROTATION).prefault({}).meta({ description: "The minted run token of the gateway" }),
      google: z.strictObject(ROTATION).prefault({}).meta({ description: "The Google key, or the signing key" }),
    })
    .prefault({})
    .meta({
      description: "Epochs of the secrets that the stack mints; a client's epoch is in `clients`",
      example: `'{"google":{"epoch":2}}'`,
    }),
  protect: z.boolean().default(false).meta({
    description: "Refuses to delete or replace the gateway, the Worker, its address and its identity at Google",
    example: "true",
  }),
  adopt: z
    .array(z.enum(["gateway", "worker", "serviceAccount", "role"]))
    .default([])
    .meta({
      description:
        "Takes over what exists under this stack's name already, such as after an `up` whose answer was lost",
      example: `'["gateway"]'`,
    }),
};

/** A setting of the program alone: a component gets its names as an argument. */
export const NAMING = {
  namedAfter: z
    .string()
    .regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, "the names are made of a project and a stack, like claude-failover/prod")
    .optional()
    .meta({
      description:
        "Project and stack that the names in the clouds are made of. Set it before a rename of either, and nothing " +
        "is " +
        "created anew. Absent: the project and stack of the run",
      example: "PROJECT/STACK",
    }),
};
