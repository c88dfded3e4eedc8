/** The Worker's surface: which path and method is answered by what, and where every error becomes a response. */
import { BindingError, type Bindings, readSettings } from "./bindings.ts";
import { ApiError, errorResponse } from "./errors.ts";
import { handleMessages } from "./messages.ts";

type Handler = (request: Request, env: Bindings, ctx: ExecutionContext, requestId: string) => Promise<Response>;

/** Path → method → handler. The query string does not matter. */
const ROUTES: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  "/v1/messages": {
    POST: (request, env, ctx, requestId) => handleMessages(request, readSettings(env), ctx, requestId),
  },
  "/health": {
    GET: async (_request, env) => Response.json({ status: "ok", environment: readSettings(env).environment }),
  },
};

export default {
  async fetch(request: Request, env: Bindings, ctx: ExecutionContext): Promise<Response> {
    const requestId = `req_failover_${crypto.randomUUID().replaceAll("-", "")}`;
    try {
      const { pathname } = new URL(request.url);
      const methods = Object.hasOwn(ROUTES, pathname) ? ROUTES[pathname] : undefined;
      if (!methods) throw new ApiError(404, `There is nothing at ${pathname}.`);
      const handler = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
      if (!handler) {
        const allow = Object.keys(methods).join(", ");
        throw new ApiError(405, `${request.method} is not allowed at ${pathname}, only ${allow}.`, { allow });
      }
      return await handler(request, env, ctx, requestId);
    } catch (error) {
      return errorResponse(toApiError(error), requestId);
    }
  },
};

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const doNotRetry = { "x-should-retry": "false" };
  if (error instanceof BindingError) {
    return new ApiError(500, `This deployment is incomplete: ${error.message} Run \`pulumi up\`.`, doNotRetry);
  }
  console.error(JSON.stringify({ event: "unexpected_error", name: error instanceof Error ? error.name : "unknown" }));
  return new ApiError(500, "The failover Worker failed unexpectedly.");
}
