/**
 * The log of an AI gateway: its entries in pages, newest first, one entry, and the request that was
 * kept with it. Sources: `LogListResponse`, `LogGetResponse` of cloudflare-typescript; public code
 * asks for at most 50 entries a page.
 */
import { refusal } from "../../resources/cloudflare/account.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { Gateway, GatewayLog } from "../../state/index.ts";
import { cloudflareRoute, page } from "./call.ts";
import { gatewayOf } from "./gateways.ts";
import { logFilter } from "./log-filters.ts";

const PATH = "/accounts/:account/ai-gateway/gateways/:gateway/logs";
const MAX_PER_PAGE = 50;
/** How much of a payload an entry shows. The real length is not known. */
const HEAD_LENGTH = 1_000;

const ORDERS: Readonly<Record<string, (log: GatewayLog) => string>> = {
  created_at: ({ createdAt }) => createdAt,
  provider: ({ provider }) => provider,
  model: ({ model }) => model,
  model_type: () => "",
  success: ({ success }) => String(success),
  cached: () => "",
};

export const gatewayLogRoutes = [
  cloudflareRoute("GET", PATH, ({ account, params, query }) => {
    const perPage = Number(query.get("per_page") ?? 1);
    const isInRange = Number.isInteger(perPage) && perPage >= 1 && perPage <= MAX_PER_PAGE;
    ensure(isInRange, refusal(400, 7001, `per_page: must be between 1 and ${MAX_PER_PAGE}`));
    const logs = gatewayOf(account, params.gateway).logs.filter(logFilter(query));
    return page(ordered(logs, query).map(toApi), query);
  }),

  cloudflareRoute("GET", `${PATH}/:log`, ({ account, params }) => {
    const log = logOf(gatewayOf(account, params.gateway), params.log);
    return { result: { ...toApi(log), ...headOf(log) } };
  }),

  /** The API sends the payload as it is, without an envelope. */
  cloudflareRoute("GET", `${PATH}/:log/request`, ({ account, params }) => {
    const { id, payload } = logOf(gatewayOf(account, params.gateway), params.log);
    ensure(payload, logMissing(id));
    return new Response(payload.request, { headers: { "content-type": "application/json" } });
  }),
];

/** Entries with the same value stay in the order of their times. */
function ordered(logs: readonly GatewayLog[], query: URLSearchParams): GatewayLog[] {
  const order = ORDERS[query.get("order_by") ?? "created_at"];
  ensure(order, refusal(400, 7001, "order_by: Invalid enum value"));
  const direction = query.get("order_by_direction") ?? query.get("direction") ?? "desc";
  ensure(["asc", "desc"].includes(direction), refusal(400, 7001, "order_by_direction: Invalid enum value"));
  const ascending = logs.toSorted((one, other) => compare(order(one), order(other)));
  return direction === "asc" ? ascending : ascending.reverse();
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** A call without an answer has no status code. Metadata are JSON text. */
function toApi(log: GatewayLog) {
  const { metadata, status, step, responseContentType } = log;
  return {
    id: log.id,
    created_at: log.createdAt,
    provider: log.provider,
    model: log.model,
    path: log.path,
    duration: log.duration,
    success: log.success,
    ...(status === 0 ? {} : { status_code: status }),
    ...(step === undefined ? {} : { step }),
    cached: false,
    tokens_in: log.tokensIn,
    tokens_out: log.tokensOut,
    cost: log.cost,
    custom_cost: false,
    ...(Object.keys(metadata).length > 0 ? { metadata: JSON.stringify(metadata) } : {}),
    request_content_type: "application/json",
    ...(responseContentType === undefined ? {} : { response_content_type: responseContentType }),
  };
}

function headOf({ payload }: GatewayLog) {
  if (!payload) return {};
  const { request } = payload;
  return {
    request_head: request.slice(0, HEAD_LENGTH),
    request_head_complete: request.length <= HEAD_LENGTH,
    request_size: Buffer.byteLength(request),
  };
}

function logOf({ logs }: Gateway, id: string): GatewayLog {
  const found = logs.find((log) => log.id === id);
  ensure(found, logMissing(id));
  return found;
}

function logMissing(id: string) {
  return refusal(404, 7002, `no log ${id}`);
}
