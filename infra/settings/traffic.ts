/** Where requests are sent, in which order, and how long the Worker waits. */
import { z } from "zod";
import { location, milliseconds, modelId } from "./formats.ts";

export const TRAFFIC = {
  vertexLocations: z.array(location).min(1, "at least one Vertex location is needed").default(["us-east5"]).meta({
    description: "Vertex locations in order of preference; each model is requested only from locations that serve it",
    example: `'["us-east5"]'`,
  }),
  allowedLocations: z.array(location).optional().meta({
    description: "Data residency: the only locations that `vertexLocations` may name",
    example: `'["us-east5","us"]'`,
  }),
  routing: z
    .enum(["universal", "direct", "bypass"])
    .default("universal")
    .meta({
      description:
        "`universal`: the gateway walks the chain; `direct`: the Worker does, through the gateway; `bypass`: the " +
        "Worker does, without the gateway",
      example: "universal",
    }),
  force: z
    .string()
    .regex(/^(anthropic|vertex\/[a-z0-9-]+)$/, "a target is anthropic or vertex/<location>")
    .optional()
    .meta({ description: "A target that is tried first, even while its circuit is open", example: "vertex/us-east5" }),
  models: z
    .record(
      modelId,
      z.strictObject({
        vertexId: z
          .string()
          .regex(/^[a-z0-9-]+(@[a-z0-9-]+)?$/, "a Vertex model id is like claude-sonnet-4-5@20250929"),
        locations: z.array(location),
      }),
    )
    .default({})
    .meta({
      description: "Additions and corrections to the Worker's table of models, by Anthropic's id",
      example: `'{"claude-x":{"vertexId":"claude-x","locations":["us"]}}'`,
    }),
  timeouts: z
    .strictObject({
      bodyMs: milliseconds.default(60_000).meta({
        description: "A request's whole body; a slower one is answered 408",
      }),
      firstByteMs: milliseconds.default(60_000).meta({
        description: "Streams: until the first byte of one target's answer",
      }),
      firstEventMs: milliseconds.default(120_000).meta({
        description: "Streams: until the first content",
      }),
      idleMs: milliseconds.default(120_000).meta({
        description:
          "Of a stream after its first content: silence for so long ends it with an error event; pings count as life",
      }),
      jsonMs: milliseconds.default(280_000).meta({ description: "Without streaming: one target's whole answer" }),
      chainMs: milliseconds
        .max(600_000)
        .default(590_000)
        .meta({
          description:
            "All targets together, to the first content of a stream or the whole of any other answer; " +
            "the SDKs give up after 600,000",
        }),
    })
    .prefault({})
    .meta({ description: "How long the Worker waits, in milliseconds", example: `'{"firstByteMs":60000}'` }),
  breaker: z
    .strictObject({
      failures: z.int().min(1).default(5).meta({
        description: "Consecutive failures after which a target moves to the end of the chain",
      }),
      windowMs: milliseconds.default(30_000).meta({ description: "Within this time" }),
      openMs: milliseconds.default(30_000).meta({ description: "After this time one request probes the target" }),
    })
    .prefault({})
    .meta({ description: "When a target moves to the end of the chain", example: `'{"failures":5}'` }),
};
