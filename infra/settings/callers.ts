/** Settings of the clients that may call the Worker, and of its address. */
import { z } from "zod";
import { MAX_BINDINGS, MAX_CLIENTS, maxRates } from "../worker/binding-size.ts";
import { ROTATION } from "./formats.ts";

const CLIENT_NAME = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "a client's name has up to 32 lower-case letters, digits and '-'");

const NAMED_CLIENT = z.strictObject({
  name: CLIENT_NAME.meta({
    description: "Name of the client in the gateway's log, in `spendLimits` and in the output `clientTokens`",
    example: "my-client",
  }),
  formerName: CLIENT_NAME.optional().meta({
    description:
      "The client's name before a rename. With it the client keeps its token. Remove it after one `pulumi up`. " +
      "The gateway's log, the spend limits and `requestsPerMinute` count the new name from zero. `spendLimits` " +
      "must contain the new name",
  }),
  operator: z.boolean().default(false).meta({
    description: "Whether the client may rehearse a failover with the header `x-failover-drill`",
  }),
  batches: z.boolean().default(false).meta({
    description: "Whether the client may use batches and files. All clients with this right share them",
  }),
  requestsPerMinute: z
    .int()
    .min(1)
    .optional()
    .meta({
      description:
        "Maximum number of requests per minute. Each Cloudflare location counts separately. The Worker answers " +
        "further requests with 429 and `retry-after`",
    }),
  ...ROTATION,
});

/** A client is given as a name, or as an object with a name and its rights. */
export type ClientInput = string | z.input<typeof NAMED_CLIENT>;
const client = z.preprocess((given) => (typeof given === "string" ? { name: given } : given), NAMED_CLIENT);

export const CALLERS = {
  clients: z
    .array(client)
    .min(1, "at least one client is needed")
    .prefault(["default"])
    .meta({
      description:
        `The clients that may call. Each client has its own token. An entry is a name, or an object with a ` +
        `\`name\`. A stack can have at most ${MAX_CLIENTS} clients. A stack with ${MAX_CLIENTS} clients can have ` +
        `at most ${maxRates(MAX_CLIENTS, false)} different values of \`requestsPerMinute\` (${maxRates(MAX_CLIENTS, true)} with \`bedrock\`), because a Worker has only ` +
        `${MAX_BINDINGS} variables in Cloudflare's free plan`,
      example: `'["default"]'`,
    }),
  corsOrigins: z
    .array(
      z
        .url({ protocol: /^https?$/, error: "an origin is like https://app.example.com" })
        .meta({ example: "https://app.example.com" }),
    )
    .default([])
    .meta({
      description: "Origins from which browsers may call. If the list is empty, the Worker sends no CORS headers",
      example: `'["https://app.example.com"]'`,
    }),
  workersSubdomain: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/, "the account's workers.dev name, without .workers.dev")
    .optional()
    .meta({
      description: "The account's name under workers.dev. If absent, the program looks it up at each run",
      example: "NAME",
    }),
  workersDev: z
    .enum(["withoutDomain", "keep"])
    .default("withoutDomain")
    .meta({
      description:
        "Whether the Worker also answers at workers.dev when it has a `domain`. With `keep` it answers at both " +
        "addresses, so that clients can move from one to the other",
      example: "keep",
    }),
  domain: z
    .strictObject({
      hostname: z
        .hostname("a host name is like claude.example.com")
        .meta({ description: "Host name in a zone of the account" }),
      zoneId: z
        .string()
        .regex(/^[0-9a-f]{32}$/, "a zone id has 32 hexadecimal digits")
        .meta({
          description: "Id of that zone",
        }),
    })
    .optional()
    .meta({
      description:
        "Your own address of the Worker. When it works, the address at workers.dev is switched off, unless " +
        "`workersDev` is `keep`",
      example: `'{"hostname":"claude.example.com","zoneId":"ZONE_ID"}'`,
    }),
  access: z
    .strictObject({
      serviceTokenIds: z.array(z.uuid("a service token's id is a UUID")).default([]).meta({
        description: "Ids of service tokens that may pass. A caller sends such a token in two additional headers",
      }),
      emailDomains: z.array(z.hostname("a mail domain is like example.com")).default([]).meta({
        description: "Mail domains. People with an address in one of them may pass after a login in a browser",
      }),
      emails: z.array(z.email("a mail address is like you@example.com")).default([]).meta({
        description: "Mail addresses. Their owners may pass after a login in a browser",
      }),
    })
    .refine(
      (all) => Object.values(all).flat().length > 0,
      "nobody may pass: name a service token, a mail domain or an address",
    )
    .optional()
    .meta({
      description: "Cloudflare Access in front of the Worker, at workers.dev and at `domain`",
      example: `'{"serviceTokenIds":["UUID"]}'`,
    }),
};
