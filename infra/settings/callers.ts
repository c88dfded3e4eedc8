/** Who may call, and at which address. */
import { z } from "zod";
import { MAX_BINDINGS, MAX_CLIENTS, maxRates } from "../worker/binding-size.ts";
import { ROTATION } from "./formats.ts";

const CLIENT_NAME = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "a client's name has up to 32 lower-case letters, digits and '-'");

const NAMED_CLIENT = z.strictObject({
  name: CLIENT_NAME.meta({
    description: "Names the client in the gateway's log, in `spendLimits` and in the output `clientTokens`",
    example: "my-client",
  }),
  formerName: CLIENT_NAME.optional().meta({
    description:
      "The name before a rename: the client keeps its token. Remove it after one `pulumi up`. From then on the " +
      "gateway's log, spend limits and `requestsPerMinute` count under the new name, from zero; `spendLimits` must " +
      "use it too",
  }),
  operator: z.boolean().default(false).meta({ description: "May rehearse a failover (`x-failover-drill`)" }),
  batches: z.boolean().default(false).meta({
    description: "May use batches and files, which all clients with this right share",
  }),
  requestsPerMinute: z.int().min(1).optional().meta({
    description:
      "Requests a minute; more are answered 429 with retry-after. Counted for each Cloudflare location apart",
  }),
  ...ROTATION,
});

/** A client is a name, or an object with a name and its rights. */
export type ClientInput = string | z.input<typeof NAMED_CLIENT>;
const client = z.preprocess((given) => (typeof given === "string" ? { name: given } : given), NAMED_CLIENT);

export const CALLERS = {
  clients: z
    .array(client)
    .min(1, "at least one client is needed")
    .prefault(["default"])
    .meta({
      description:
        `Who may call, each with a token of its own: names, or objects with a \`name\`. At most ` +
        `${MAX_CLIENTS} clients, and beside so many at most ${maxRates(MAX_CLIENTS)} different ` +
        `\`requestsPerMinute\`: the ${MAX_BINDINGS} variables of Cloudflare's free plan hold no more`,
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
      description: "Origins that browsers may call from; none: no CORS headers",
      example: `'["https://app.example.com"]'`,
    }),
  workersSubdomain: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/, "the account's workers.dev name, without .workers.dev")
    .optional()
    .meta({ description: "The account's workers.dev name; absent: it is looked up at each run", example: "NAME" }),
  workersDev: z
    .enum(["withoutDomain", "keep"])
    .default("withoutDomain")
    .meta({
      description:
        "Whether the Worker also answers at workers.dev while it has a `domain`: `keep` lets clients move from one " +
        "to the other",
      example: "keep",
    }),
  domain: z
    .strictObject({
      hostname: z.hostname("a host name is like claude.example.com").meta({ description: "In a zone of the account" }),
      zoneId: z
        .string()
        .regex(/^[0-9a-f]{32}$/, "a zone id has 32 hexadecimal digits")
        .meta({
          description: "The zone's id",
        }),
    })
    .optional()
    .meta({
      description:
        "An address of your own. Once it serves, the one at workers.dev is switched off, unless `workersDev` is `keep`",
      example: `'{"hostname":"claude.example.com","zoneId":"ZONE_ID"}'`,
    }),
  access: z
    .strictObject({
      serviceTokenIds: z.array(z.uuid("a service token's id is a UUID")).default([]).meta({
        description: "Service tokens that may pass; their callers send two more headers",
      }),
      emailDomains: z.array(z.hostname("a mail domain is like example.com")).default([]).meta({
        description: "People of these mail domains may pass, by a browser's login",
      }),
      emails: z.array(z.email("a mail address is like you@example.com")).default([]).meta({
        description: "These people may pass, by a browser's login",
      }),
    })
    .refine(
      (all) => Object.values(all).flat().length > 0,
      "nobody may pass: name a service token, a mail domain or an address",
    )
    .optional()
    .meta({ description: "Cloudflare Access in front of `domain`", example: `'{"serviceTokenIds":["UUID"]}'` }),
};
