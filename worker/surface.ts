/**
 * The paths that exist: Anthropic's, as far as several clients can share one key, and a few of our own. By exact path, so that
 * nothing else of Anthropic's (administration above all) can be reached with it.
 */
import { handleMessages } from "./messages.ts";
import { COUNT_TOKENS, MESSAGES } from "./methods.ts";
import { handleModels } from "./models-api.ts";
import { passThrough } from "./pass-through.ts";
import type { RequestContext } from "./request-context.ts";

export type Route =
  | { for: "anybody"; methods: Readonly<Record<string, (environment: string) => Response>> }
  | { for: "clients"; methods: Readonly<Record<string, (context: RequestContext) => Promise<Response>>> };

const NOTHING = () => new Response(null, { status: 200 });
const ID = "[A-Za-z0-9_.:@-]+";

const ROUTES: readonly [path: string, route: Route][] = [
  ["/v1/messages", { for: "clients", methods: { POST: (context) => handleMessages(MESSAGES, context) } }],
  [
    "/v1/messages/count_tokens",
    { for: "clients", methods: { POST: (context) => handleMessages(COUNT_TOKENS, context) } },
  ],
  [`/v1/models(/${ID})?`, { for: "clients", methods: { GET: handleModels } }],
  ["/v1/messages/batches", { for: "clients", methods: { GET: passThrough, POST: passThrough } }],
  [`/v1/messages/batches/${ID}`, { for: "clients", methods: { GET: passThrough, DELETE: passThrough } }],
  [`/v1/messages/batches/${ID}/cancel`, { for: "clients", methods: { POST: passThrough } }],
  [`/v1/messages/batches/${ID}/results`, { for: "clients", methods: { GET: passThrough } }],
  ["/v1/files", { for: "clients", methods: { GET: passThrough, POST: passThrough } }],
  [`/v1/files/${ID}`, { for: "clients", methods: { GET: passThrough, DELETE: passThrough } }],
  [`/v1/files/${ID}/content`, { for: "clients", methods: { GET: passThrough } }],
  ["/(api/hello)?", { for: "anybody", methods: { HEAD: NOTHING } }],
  [
    "/health",
    { for: "anybody", methods: { GET: (environment) => Response.json({ status: "ok", environment }), HEAD: NOTHING } },
  ],
];

const COMPILED = ROUTES.map(([path, route]) => [new RegExp(`^${path}$`), route] as const);

export function findRoute(path: string): Route | undefined {
  return COMPILED.find(([pattern]) => pattern.test(path))?.[1];
}

/** Base URLs are given with and without `/v1` (Vercel's SDK wants it with): a client may add it twice, or not at all. */
export function anthropicPath(path: string): string {
  if (path.startsWith("/v1/v1/")) return path.slice(3);
  return /^\/(messages|models|files)(\/|$)/.test(path) ? `/v1${path}` : path;
}
