/**
 * What a person or a test tells the local cloud over HTTP, under its loopback address: faults, and the access token that a
 * `gcloud` would print. The AI Gateway and the clouds' control planes answer here too, so that nobody needs name resolution.
 */
import { z } from "zod";
import { aiGateway } from "../ai-gateway/api.ts";
import { controlPlane, underItsHostName } from "../control-plane/index.ts";
import { type Fault, FaultError, requireTarget } from "../faults/faults.ts";
import { FAULT_TARGETS } from "../faults/targets.ts";
import { issueAccessToken } from "../google-auth/token-endpoint.ts";
import type { CloudContext } from "../http/context.ts";
import { type Exchange, jsonBody, sendJson } from "../http/exchange.ts";

export async function loopbackApi(exchange: Exchange, context: CloudContext): Promise<void> {
  const { method, path } = exchange;
  if (path.startsWith("/v1/")) return aiGateway(exchange, context);
  if (path === "/gcloud/access-token" && method === "POST") {
    return sendJson(exchange, 200, { access_token: issueAccessToken(context.state, context.user) });
  }
  const mounted = underItsHostName(exchange);
  const api = controlPlane(mounted);
  if (api) return api(mounted, context);
  const [, root, ...rest] = path.split("/");
  if (root === "faults") return faultsApi(exchange, context, rest.join("/"));
  sendJson(exchange, 404, { error: `There is nothing at ${path}; there are /faults, /gcloud/access-token and /v1.` });
}

/** `GET /faults`, `PUT /faults/<target>` with a fault, `DELETE /faults[/<target>]`. */
function faultsApi(exchange: Exchange, { faults }: CloudContext, target: string): void {
  const { method } = exchange;
  if (target === "" ? !["GET", "DELETE"].includes(method) : !["GET", "PUT", "DELETE"].includes(method)) {
    return sendJson(exchange, 405, { error: `${method} is not allowed here, only GET, PUT and DELETE.` });
  }
  try {
    if (target !== "") requireTarget(target);
    if (method === "PUT") faults.set(target, jsonBody(exchange) as Fault);
    else if (method === "DELETE") faults.clear(target || undefined);
    sendJson(exchange, 200, faults.list());
  } catch (error) {
    sendRefusal(exchange, error);
  }
}

/** @throws what is no refusal of a fault */
function sendRefusal(exchange: Exchange, error: unknown): void {
  if (error instanceof FaultError) {
    const { message, isTargetUnknown } = error;
    return sendJson(exchange, isTargetUnknown ? 404 : 400, {
      error: message,
      ...(isTargetUnknown ? { targets: FAULT_TARGETS } : {}),
    });
  }
  if (!(error instanceof z.ZodError)) throw error;
  sendJson(exchange, 400, { error: z.prettifyError(error) });
}
