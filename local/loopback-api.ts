/**
 * What a person or a test tells the local cloud over HTTP, under its loopback address: faults, and the access token that a
 * `gcloud` would print. The AI Gateway and the clouds' control planes answer here too, so that nobody needs name resolution.
 */
import { z } from "zod";
import { aiGateway } from "./ai-gateway.ts";
import type { CloudContext } from "./cloud-context.ts";
import { controlPlane, underItsHostName } from "./control-plane/index.ts";
import { type Exchange, jsonBody, sendJson } from "./exchange.ts";
import { FAULT_TARGET, type Fault } from "./faults.ts";
import { issueAccessToken } from "./google-auth.ts";

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
  if (target !== "" && !FAULT_TARGET.test(target)) {
    const targets = "anthropic, vertex, vertex/<location>, gateway or google";
    return sendJson(exchange, 404, { error: `${target} is no target: ${targets}.` });
  }
  if (method === "PUT" && target !== "") {
    try {
      faults.set(target, jsonBody(exchange) as Fault);
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      return sendJson(exchange, 400, { error: z.prettifyError(error) });
    }
  } else if (method === "DELETE") {
    faults.clear(target || undefined);
  } else if (method !== "GET") {
    return sendJson(exchange, 405, { error: `${method} is not allowed here, only GET, PUT and DELETE.` });
  }
  sendJson(exchange, 200, faults.list());
}
