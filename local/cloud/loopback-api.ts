/**
 * The API under the loopback address: faults, the running stack, and the access token that the
 * local `gcloud` prints.
 * The AI Gateway answers here too, so that nobody needs name resolution.
 */
import { z } from "zod";
import { aiGateway } from "../ai-gateway/api.ts";
import { type Fault, FaultError, requireTarget } from "../faults/faults.ts";
import { FAULT_TARGETS } from "../faults/targets.ts";
import { issueAccessToken } from "../google-auth/token-endpoint.ts";
import type { CloudContext, StackApi } from "../http/context.ts";
import { type Exchange, jsonBody, sendJson } from "../http/exchange.ts";
import { match, methodsAt, type Route, route } from "../http/router.ts";

interface LoopbackCall extends CloudContext {
  /** The JSON body; undefined if there is none. */
  body: unknown;
}

/** A refusal of this API: one line for the caller. */
class LoopbackError extends Error {
  override name = "LoopbackError";
}

const ROUTES: readonly Route<LoopbackCall, object>[] = [
  route("POST", "/gcloud/access-token", ({ state, user }) => ({ access_token: issueAccessToken(state, user) })),
  route("GET", "/faults", ({ faults }) => faults.list()),
  route("DELETE", "/faults", ({ faults }) => {
    faults.clear();
    return faults.list();
  }),
  route("GET", "/faults/*", ({ faults, params: { 0: target } }) => {
    requireTarget(target);
    return faults.list();
  }),
  route("PUT", "/faults/*", ({ faults, body, params: { 0: target } }) => {
    faults.set(target, body as Fault);
    return faults.list();
  }),
  route("DELETE", "/faults/*", ({ faults, params: { 0: target } }) => {
    faults.clear(target);
    return faults.list();
  }),
  route("GET", "/stack", (call) => stackOf(call).describe()),
  route("PUT", "/stack/settings/:key", (call) => {
    stackOf(call).set(call.params.key, (call.body as { value?: unknown } | undefined)?.value);
    return {};
  }),
  route("DELETE", "/stack/settings/:key", (call) => {
    stackOf(call).set(call.params.key, undefined);
    return {};
  }),
  route("POST", "/stack/up", async (call) => {
    try {
      return { changes: await stackOf(call).up() };
    } catch (error) {
      const lines = (error instanceof Error ? error.message : String(error)).split("\n");
      throw new LoopbackError(lines.map((line) => line.trim()).join(" "));
    }
  }),
];

function stackOf({ stack }: LoopbackCall): StackApi {
  if (!stack) throw new LoopbackError("This local cloud has no stack that can be changed: use npm start.");
  return stack;
}

export async function loopbackApi(exchange: Exchange, context: CloudContext): Promise<void> {
  const { method, path } = exchange;
  if (path.startsWith("/v1/")) return aiGateway(exchange, context);
  const matched = match(ROUTES, exchange);
  if (!matched) {
    const methods = methodsAt(ROUTES, exchange).join(" or ");
    return methods
      ? sendJson(exchange, 405, { error: `${method} is not allowed here. Use ${methods}.` })
      : sendJson(exchange, 404, {
          error: `There is nothing at ${path}. Try /faults, /stack, /gcloud/access-token or /v1.`,
        });
  }
  try {
    const answer = await matched.route.handle({ ...context, body: jsonBody(exchange), params: matched.params });
    sendJson(exchange, 200, answer);
  } catch (error) {
    sendRefusal(exchange, error);
  }
}

/** @throws any other error */
function sendRefusal(exchange: Exchange, error: unknown): void {
  if (error instanceof FaultError) {
    const { message, isTargetUnknown } = error;
    return sendJson(exchange, isTargetUnknown ? 404 : 400, {
      error: message,
      ...(isTargetUnknown ? { targets: FAULT_TARGETS } : {}),
    });
  }
  if (error instanceof LoopbackError) return sendJson(exchange, 400, { error: error.message });
  if (!(error instanceof z.ZodError)) throw error;
  sendJson(exchange, 400, { error: z.prettifyError(error) });
}
