/** Settings of the chain of targets: targets, order, models, time limits and breaker. */
import { z } from "zod";
import { DEFAULT_LOCATIONS } from "./default-locations.ts";
import { location, milliseconds, modelId } from "./formats.ts";

export const TRAFFIC = {
  vertexLocations: z
    .array(location)
    .min(1, "at least one Vertex location is needed")
    .default([...DEFAULT_LOCATIONS])
    .meta({
      description:
        "Vertex locations in order of preference. The Worker requests a model only in locations that serve it. " +
        "Models that are newer than Claude Sonnet 4.6 are served only in `us`, `eu` and `global`",
      example: `'["us-east5","us","global"]'`,
    }),
  allowedLocations: z.array(location).optional().meta({
    description:
      "For data residency: `vertexLocations` may contain only these locations. They also shorten its default",
    example: `'["us-east5","us"]'`,
  }),
  bedrock: z
    .strictObject({
      region: z
        .string()
        .regex(/^[a-z]{2}(-[a-z]+)+-[0-9]$/, "an AWS region is like us-east-1")
        .meta({ description: "The AWS region whose endpoint is asked", example: "us-east-1" }),
    })
    .optional()
    .meta({
      description:
        "Claude on Amazon Bedrock (its Mantle endpoint) as one more target, the last one unless `chain` says otherwise. It " +
        "needs the secret `bedrockApiKey`. If absent, Bedrock is not used",
      example: `'{"region":"us-east-1"}'`,
    }),
  chain: z
    .array(z.enum(["anthropic", "vertex", "bedrock"]))
    .optional()
    .meta({
      description:
        "The order in which the providers are asked. It names each provider that the stack uses, once. If absent, " +
        "the order is Anthropic, Vertex, and Bedrock if there is `bedrock`",
      example: `'["anthropic","vertex"]'`,
    }),
  routing: z
    .enum(["universal", "direct", "bypass"])
    .default("universal")
    .meta({
      description:
        "What walks the chain of targets. With `universal` the gateway does. With `direct` the Worker does, and " +
        "sends its requests through the gateway. With `bypass` the Worker does, and sends its requests directly to " +
        "the providers",
      example: "universal",
    }),
  force: z
    .string()
    .regex(/^(anthropic|(vertex|bedrock)\/[a-z0-9-]+)$/, "a target is anthropic, vertex/<location> or bedrock/<region>")
    .optional()
    .meta({
      description: "The target that is always tried first, even while its circuit is open",
      example: "vertex/us-east5",
    }),
  models: z
    .record(
      modelId,
      z.strictObject({
        vertexId: z
          .string()
          .regex(/^[a-z0-9-]+(@[a-z0-9-]+)?$/, "a Vertex model id is like claude-sonnet-4-5@20250929")
          .meta({ description: "Vertex's id of the model" }),
        locations: z.array(location).meta({ description: "Vertex locations that serve the model" }),
        bedrockId: z
          .string()
          .regex(/^anthropic\.[a-z0-9-]+$/, "a model id of Bedrock Mantle is like anthropic.claude-opus-5")
          .optional()
          .meta({ description: "The model's id at Bedrock's Mantle endpoint", example: "anthropic.claude-opus-5" }),
      }),
    )
    .default({})
    .meta({
      description: "Additions and corrections to the Worker's table of models. A key is Anthropic's id of the model",
      example: `'{"claude-x":{"vertexId":"claude-x","locations":["us"]}}'`,
    }),
  timeouts: z
    .strictObject({
      bodyMs: milliseconds.default(60_000).meta({
        description: "Time limit for reading the whole body of a request. A slower request is answered with 408",
      }),
      firstByteMs: milliseconds.default(60_000).meta({
        description: "Time limit for the first byte of one target's answer to a streamed request",
      }),
      firstEventMs: milliseconds.default(120_000).meta({
        description: "Time limit for the first content of one target's answer to a streamed request",
      }),
      idleMs: milliseconds.default(120_000).meta({
        description:
          "Time limit for silence in a stream after its first content. When it passes, the Worker ends the stream " +
          "with an error event. A ping also ends a silence",
      }),
      jsonMs: milliseconds.default(280_000).meta({
        description: "Time limit for one target's whole answer to a request without streaming",
      }),
      chainMs: milliseconds
        .max(600_000)
        .default(590_000)
        .meta({
          description:
            "Time limit for all targets together. It ends with the first content of a stream, or with the end of any " +
            "other answer. The SDKs give up after 600,000 ms",
        }),
    })
    .prefault({})
    .meta({ description: "Time limits in milliseconds", example: `'{"firstByteMs":60000}'` }),
  breaker: z
    .strictObject({
      failures: z.int().min(1).default(5).meta({
        description:
          "Number of consecutive failures that opens a target's circuit. An account at its limit counts five times",
      }),
      windowMs: milliseconds.default(30_000).meta({ description: "Time within which these failures must happen" }),
      openMs: milliseconds.default(30_000).meta({
        description:
          "How long the circuit stays open. After this time one request probes the target. For an account at its " +
          "limit or a longer `retry-after` it is up to ten times as long",
      }),
      neighbours: z
        .boolean()
        .default(true)
        .meta({
          description:
            "Whether the failures that other isolates of the Worker see in the same Cloudflare location count too. " +
            "If a location sees `failures` failures within 10 s (60 s if `windowMs` is at least 60,000), an isolate " +
            "opens the circuit after one failure of its own",
        }),
    })
    .prefault({})
    .meta({
      description: "Circuit breaker. While the circuit of a target is open, the target is at the end of the chain",
      example: `'{"failures":5}'`,
    }),
  stickiness: z
    .strictObject({
      mode: z
        .enum(["full", "stateless", "off"])
        .default("full")
        .meta({
          description:
            "What tells who served the last turn of a conversation. With `full`, that is the newest tool id in the " +
            "request and the memory of the Worker's isolate. With `stateless`, it is the tool id alone. With `off`, " +
            "every request goes in the order of the chain",
        }),
      maxAgeMs: milliseconds
        .min(300_000)
        .max(3_600_000)
        .default(300_000)
        .meta({
          description:
            "How long an isolate remembers who served a turn. The default is the life of a prompt cache. For a request " +
            'with `cache_control` `ttl: "1h"` it is always an hour',
        }),
      vertexSession: z
        .boolean()
        .default(true)
        .meta({
          description:
            "Whether Vertex gets a hash of the caller's session (`X-Vertex-Ai-Session-Id`), which keeps a conversation " +
            "on the server that has its prompt cache",
        }),
    })
    .prefault({})
    .meta({
      description:
        "Keeps a conversation on the target that has its prompt cache. A target with an open circuit, `force`, a " +
        "drill and the locations of the stack come first",
      example: `'{"mode":"off"}'`,
    }),
};
