/** A stack's life: what is rotated, what nobody may delete by mistake, what is taken over. */
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
      description: "How far what is minted for the stack has been rotated; a client's epoch is beside its name",
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

/** Of the program alone: a component is given its names. */
export const NAMING = {
  namedAfter: z
    .string()
    .regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, "the names are made of a project and a stack, like claude-failover/prod")
    .optional()
    .meta({
      description:
        "Project and stack that all names in the clouds are made of; set it before either is renamed, and nothing is " +
        "made anew. Absent: the project and stack of the run",
      example: "PROJECT/STACK",
    }),
};
