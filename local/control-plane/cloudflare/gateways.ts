/** AI Gateways. Their logs have an API of their own, in `gateway-logs.ts`. */
import { z } from "zod";
import { refusal } from "../../resources/cloudflare/account.ts";
import { ensure, type Inputs } from "../../resources/resource-type.ts";
import type { CloudflareAccount, Gateway } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { camelCased, snakeCased } from "../snake-case.ts";
import { type CloudflareCall, cloudflareRoute, page } from "./call.ts";

const GATEWAY = resourceType("cloudflare:index/aiGateway:AiGateway");
const PATH = "/accounts/:account/ai-gateway/gateways";

/**
 * Required members of every body. A PUT needs them too, because it replaces all settings. The
 * resource checks the ranges.
 */
const BODY = z.looseObject({
  cache_invalidate_on_update: z.boolean(),
  cache_ttl: z.number().nullable(),
  collect_logs: z.boolean(),
  rate_limiting_interval: z.number().nullable(),
  rate_limiting_limit: z.number().nullable(),
});

export const gatewayRoutes = [
  cloudflareRoute("GET", PATH, ({ account, query }) => {
    const search = query.get("search") ?? "";
    const found = [...account.gateways.values()].filter(({ id }) => id.includes(search));
    return page(
      found.map((gateway) => toApi(account, gateway)),
      query,
    );
  }),

  cloudflareRoute("POST", PATH, async (call) => {
    const { id } = await GATEWAY.create(call.state, inputs(call, call.body.id), call);
    return { result: toApi(call.account, gatewayOf(call.account, id)) };
  }),

  cloudflareRoute("GET", `${PATH}/:gateway`, ({ account, params }) => ({
    result: toApi(account, gatewayOf(account, params.gateway)),
  })),

  cloudflareRoute("PUT", `${PATH}/:gateway`, (call) => {
    const gateway = gatewayOf(call.account, call.params.gateway);
    GATEWAY.update(call.state, gateway.id, inputs(call, gateway.id));
    return { result: toApi(call.account, gateway) };
  }),

  cloudflareRoute("DELETE", `${PATH}/:gateway`, ({ state, account, params }) => {
    const result = toApi(account, gatewayOf(account, params.gateway));
    GATEWAY.delete(state, params.gateway, { accountId: account.id });
    return { result };
  }),
];

function inputs({ account, body }: CloudflareCall, id: unknown): Inputs {
  ensure(typeof id === "string", refusal(400, 7001, "id: Required"));
  const { error } = BODY.safeParse(body);
  ensure(!error, refusal(400, 7001, `${error && z.prettifyError(error)}`));
  const unlimited = { cacheTtl: 0, rateLimitingInterval: 0, rateLimitingLimit: 0 };
  return { ...unlimited, ...camelCased(body), accountId: account.id, aiGatewayId: id };
}

function toApi(account: CloudflareAccount, { reprintsQueries, calls, logs, ...gateway }: Gateway) {
  return { ...snakeCased(gateway), account_id: account.id, is_default: gateway.id === "default" };
}

export function gatewayOf(account: CloudflareAccount, id: string): Gateway {
  const found = account.gateways.get(id);
  ensure(found, refusal(404, 7002, `no gateway ${id}`));
  return found;
}
