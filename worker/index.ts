/** The Worker's entry: finds the route, lets in whom it is for, and is the one place where an error becomes a response. */
import { BindingError, type Bindings, readSettings, type Settings } from "./bindings.ts";
import { authenticate } from "./clients.ts";
import { preflight, withCors } from "./cors.ts";
import { ApiError, errorResponse } from "./errors.ts";
import { SecretsInUse } from "./slots.ts";
import { anthropicPath, findRoute } from "./surface.ts";

export default {
  async fetch(request: Request, env: Bindings, ctx: ExecutionContext): Promise<Response> {
    const requestId = `req_failover_${crypto.randomUUID().replaceAll("-", "")}`;
    try {
      const settings = readSettings(env);
      const { corsOrigins } = settings.options;
      const response =
        preflight(request, corsOrigins) ??
        (await route(request, settings, ctx, requestId).catch((error: unknown) =>
          errorResponse(toApiError(error), requestId),
        ));
      return withCors(request, response, corsOrigins);
    } catch (error) {
      return errorResponse(toApiError(error), requestId);
    }
  },
};

async function route(
  request: Request,
  settings: Settings,
  keepAlive: ExecutionContext,
  requestId: string,
): Promise<Response> {
  const url = new URL(request.url);
  url.pathname = anthropicPath(url.pathname);
  const { pathname } = url;
  const found = findRoute(pathname);
  if (!found) throw new ApiError(404, `There is nothing at ${pathname}.`);
  if (found.for === "anybody") return handlerOf(found.methods, request.method, pathname)(settings.environment);
  const handle = handlerOf(found.methods, request.method, pathname);
  const client = await authenticate(request.headers, settings.clients);
  return handle({ request, url, settings, secrets: new SecretsInUse(settings), client, keepAlive, requestId });
}

/** @throws {ApiError} 405 */
function handlerOf<Handler>(methods: Readonly<Record<string, Handler>>, method: string, pathname: string): Handler {
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (handler) return handler;
  const allow = Object.keys(methods).join(", ");
  throw new ApiError(405, `${method} is not allowed at ${pathname}, only ${allow}.`, { allow });
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
