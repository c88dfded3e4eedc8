/**
 * The Worker's paths: those of Anthropic's API that several clients can use with one key, and a few
 * of our own. Only exact paths match, so that clients cannot reach other parts of Anthropic's API,
 * such as its administration.
 */
import { passThrough } from "./anthropic-only.ts";
import type { Settings } from "./bindings.ts";
import type { Reply, RequestContext } from "./context.ts";
import { COUNT_TOKENS, MESSAGES } from "./endpoints.ts";
import { ApiError } from "./errors.ts";
import { handleMessages } from "./messages.ts";
import { handleModels } from "./models-api.ts";

/** A path's handlers. `name` is its name in the log. */
export type Route = { name: string } & (
  | { for: "anybody"; methods: Readonly<Record<string, (settings: Settings) => Response>> }
  | { for: "clients"; methods: Readonly<Record<string, (context: RequestContext) => Promise<Reply>>> }
);

const NOTHING = () => new Response(null, { status: 200 });
const HEALTH = ({ environment, version }: Settings) => Response.json({ status: "ok", environment, version });
const ID = "[A-Za-z0-9_.:@-]+";
const resource = (context: RequestContext) => passThrough(context, "resource");
const file = (context: RequestContext) => passThrough(context, "file");

const ROUTES: readonly [path: string, route: Route][] = [
  [
    "/v1/messages",
    { name: "messages", for: "clients", methods: { POST: (context) => handleMessages(MESSAGES, context) } },
  ],
  [
    "/v1/messages/count_tokens",
    { name: "count_tokens", for: "clients", methods: { POST: (context) => handleMessages(COUNT_TOKENS, context) } },
  ],
  [`/v1/models(/${ID})?`, { name: "models", for: "clients", methods: { GET: handleModels } }],
  ["/v1/messages/batches", { name: "batches", for: "clients", methods: { GET: resource, POST: resource } }],
  [`/v1/messages/batches/${ID}`, { name: "batches", for: "clients", methods: { GET: resource, DELETE: resource } }],
  [`/v1/messages/batches/${ID}/cancel`, { name: "batches", for: "clients", methods: { POST: resource } }],
  [`/v1/messages/batches/${ID}/results`, { name: "batches", for: "clients", methods: { GET: file } }],
  ["/v1/files", { name: "files", for: "clients", methods: { GET: resource, POST: resource } }],
  [`/v1/files/${ID}`, { name: "files", for: "clients", methods: { GET: resource, DELETE: resource } }],
  [`/v1/files/${ID}/content`, { name: "files", for: "clients", methods: { GET: file } }],
  ["/(api/hello)?", { name: "health", for: "anybody", methods: { HEAD: NOTHING } }],
  ["/health", { name: "health", for: "anybody", methods: { GET: HEALTH, HEAD: NOTHING } }],
];

const COMPILED = ROUTES.map(([path, route]) => [new RegExp(`^${path}$`), route] as const);

/** Paths that clients of OpenAI's API call. */
const OPENAI_PATH = /\/(chat\/completions|completions|responses|embeddings)$/;

export function findRoute(path: string): Route | undefined {
  return COMPILED.find(([pattern]) => pattern.test(path))?.[1];
}

/**
 * Corrects a path whose `/v1` is missing or doubled. Some clients expect a base URL with `/v1`
 * (such as Vercel's SDK) and others without.
 */
export function anthropicPath(path: string): string {
  if (path.startsWith("/v1/v1/")) return path.slice(3);
  return /^\/(messages|models|files)(\/|$)/.test(path) ? `/v1${path}` : path;
}

/** @throws {ApiError} 405 if the path has no such method */
export function handlerOf<Handler>(
  methods: Readonly<Record<string, Handler>>,
  method: string,
  pathname: string,
): Handler {
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (handler) return handler;
  const allow = Object.keys(methods).join(", ");
  throw new ApiError(405, `${method} is not allowed at ${pathname}, only ${allow}.`, { allow });
}

export function nothingAt(path: string): ApiError {
  const hint = OPENAI_PATH.test(path)
    ? " This is an Anthropic-compatible API: send POST /v1/messages with an Anthropic client, not an OpenAI one."
    : "";
  return new ApiError(404, `There is nothing at ${path}.${hint}`);
}
