/**
 * The Worker's entry. It finds the route, checks who calls, turns errors into responses, and logs
 * every request once.
 *
 * `ctx.waitUntil` holds the whole handling, until the end of the answer's body. Without it workerd
 * drops a request's JavaScript when the caller disconnects. Then no `finally` runs, and the memory
 * that the request has reserved is never released.
 */

import { readAnthropicHeaders } from "./anthropic-headers.ts";
import { authenticate } from "./authenticate.ts";
import { BindingError, type Bindings } from "./bindings.ts";
import { Caller } from "./caller.ts";
import type { Reply } from "./context.ts";
import { preflight, withCors } from "./cors.ts";
import { ApiError, CallerLeft } from "./errors.ts";
import { Isolate } from "./isolate.ts";
import { logRequest, newRecord, type PreviousSecrets, type RequestRecord } from "./log.ts";
import { limitRate } from "./rate-limit.ts";
import { errorResponse } from "./respond.ts";
import { anthropicPath, findRoute, handlerOf, nothingAt } from "./routes.ts";
import type { SecretsInUse } from "./secrets-in-use.ts";

/** nginx's status for a caller that has disconnected. It appears only in the log. */
const CALLER_LEFT_STATUS = 499;

/** The isolates by their bindings, an object that is the same for all requests of an isolate. */
const isolates = new WeakMap<Bindings, Isolate>();

export default {
  async fetch(request: Request, bindings: Bindings, context: ExecutionContext): Promise<Response> {
    const startedMs = Date.now();
    const record = newRecord(request);
    const handling = handle(request, bindings, context, record, startedMs);
    context.waitUntil(handling.then((reply) => log(record, reply, startedMs, isolates.get(bindings))));
    return (await handling).response;
  },
};

async function handle(
  request: Request,
  bindings: Bindings,
  keepAlive: ExecutionContext,
  record: RequestRecord,
  startedMs: number,
): Promise<Reply> {
  try {
    const isolate = isolateOf(bindings);
    const { version, options } = isolate.settings;
    record.version = version;
    const allowed = preflight(request, options.corsOrigins);
    if (allowed) return { response: allowed };
    const reply = await route(request, isolate, keepAlive, record, startedMs).catch((error: unknown) =>
      errorReply(error, record),
    );
    reply.response.headers.set("x-failover-version", version);
    return { ...reply, response: withCors(request, reply.response, options.corsOrigins) };
  } catch (error) {
    return errorReply(error, record);
  }
}

function isolateOf(bindings: Bindings): Isolate {
  const known = isolates.get(bindings) ?? new Isolate(bindings);
  isolates.set(bindings, known);
  return known;
}

async function route(
  request: Request,
  isolate: Isolate,
  keepAlive: ExecutionContext,
  record: RequestRecord,
  startedMs: number,
): Promise<Reply> {
  const url = new URL(request.url);
  url.pathname = anthropicPath(url.pathname);
  const { pathname } = url;
  const found = findRoute(pathname);
  if (!found) throw nothingAt(pathname);
  record.method = found.name;
  if (found.for === "anybody") {
    return { response: handlerOf(found.methods, request.method, pathname)(isolate.settings) };
  }
  const answer = handlerOf(found.methods, request.method, pathname);
  const { settings } = isolate;
  const client = await authenticate(request.headers, isolate.clients);
  record.client = client.name;
  if (client.usesPreviousToken) record.previous = { client_token: true };
  await limitRate(client, settings);
  const anthropicHeaders = readAnthropicHeaders(url, request.headers);
  const caller = new Caller(request.signal);
  const secrets = isolate.secrets.forRequest();
  const reply = await answer({
    request,
    url,
    anthropicHeaders,
    isolate,
    secrets,
    client,
    caller,
    keepAlive,
    startedMs,
    record,
  });
  const previous = { ...record.previous, ...previousCredentials(secrets, isolate, record) };
  if (Object.keys(previous).length > 0) record.previous = previous;
  // The caller's leaving has ended the calls, so their result is not an answer.
  if (caller.hasLeft && !reply.ended) throw new CallerLeft();
  return reply;
}

function previousCredentials(
  secrets: SecretsInUse,
  { googleToken }: Isolate,
  { attempts = [] }: RequestRecord,
): PreviousSecrets {
  const isVertexAsked = attempts.some(({ target }) => target.startsWith("vertex/"));
  return {
    ...secrets.previous,
    ...(isVertexAsked && googleToken.isFromPrevious ? { google_credential: true } : {}),
  };
}

async function log(
  record: RequestRecord,
  { response, ended }: Reply,
  startedMs: number,
  isolate: Isolate | undefined,
): Promise<void> {
  record.status = response.status;
  record.ms = Date.now() - startedMs;
  const end = await ended;
  if (end) {
    record.stream = end.kind;
    record.stream_ms = Date.now() - startedMs;
  }
  record.held_bytes = isolate?.memory.heldBytes ?? 0;
  logRequest(record);
}

function errorReply(error: unknown, record: RequestRecord): Reply {
  if (error instanceof CallerLeft) return { response: new Response(null, { status: CALLER_LEFT_STATUS }) };
  return { response: errorResponse(toApiError(error), record) };
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const doNotRetry = { "x-should-retry": "false" };
  if (error instanceof BindingError) {
    return new ApiError(500, `This deployment is incomplete: ${error.message} Run \`pulumi up\`.`, doNotRetry);
  }
  console.error(JSON.stringify({ event: "unexpected_error", name: error instanceof Error ? error.name : "unknown" }));
  return new ApiError(500, "The failover Worker failed unexpectedly.");
}
