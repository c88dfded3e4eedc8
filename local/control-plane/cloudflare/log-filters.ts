/**
 * Which entries of a gateway's log a request asks for. `filters` is a JSON array of `{key, operator,
 * value}`, where `value` is an array, and all filters must match. The older parameters such as
 * `start_date` are deprecated but still accepted. Sources: `LogListParams` of cloudflare-typescript;
 * public code that sends `filters` as JSON. A filter for a metadata key and one for a metadata value
 * are independent here, so both can be met by different metadata entries.
 */
import { z } from "zod";
import { refusal } from "../../resources/cloudflare/account.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { GatewayLog } from "../../state/index.ts";

type Value = string | number | boolean | null;

/** What the API can filter by and a log has here. The status code is not among them. */
const KEYS: Readonly<Record<string, (log: GatewayLog) => readonly Value[]>> = {
  id: (log) => [log.id],
  created_at: (log) => [log.createdAt],
  response_content_type: (log) => [log.responseContentType ?? null],
  success: (log) => [log.success],
  cached: () => [false],
  provider: (log) => [log.provider],
  model: (log) => [log.model],
  cost: (log) => [log.cost],
  tokens: (log) => [(log.tokensIn ?? 0) + (log.tokensOut ?? 0)],
  tokens_in: (log) => [log.tokensIn],
  tokens_out: (log) => [log.tokensOut],
  duration: (log) => [log.duration],
  event_id: (log) => [log.id],
  "metadata.key": (log) => Object.keys(log.metadata),
  "metadata.value": (log) => Object.values(log.metadata).map(String),
};
const FILTER = z.object({
  key: z.enum(Object.keys(KEYS)),
  operator: z.enum(["eq", "neq", "contains", "lt", "gt"]),
  value: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).min(1),
});
type Filter = z.infer<typeof FILTER>;

/** Deprecated parameters: the key and the operator that each stands for. */
const OLD_PARAMETERS: Readonly<Record<string, readonly [key: string, test: "eq" | "from" | "to"]>> = {
  start_date: ["created_at", "from"],
  end_date: ["created_at", "to"],
  success: ["success", "eq"],
  cached: ["cached", "eq"],
  provider: ["provider", "eq"],
  model: ["model", "eq"],
  min_cost: ["cost", "from"],
  max_cost: ["cost", "to"],
  min_duration: ["duration", "from"],
  max_duration: ["duration", "to"],
  min_total_tokens: ["tokens", "from"],
  max_total_tokens: ["tokens", "to"],
  min_tokens_in: ["tokens_in", "from"],
  max_tokens_in: ["tokens_in", "to"],
  min_tokens_out: ["tokens_out", "from"],
  max_tokens_out: ["tokens_out", "to"],
};

/** @returns whether an entry is asked for */
export function logFilter(query: URLSearchParams): (log: GatewayLog) => boolean {
  const filters = parseFilters(query.get("filters") ?? "[]");
  const search = query.get("search") ?? "";
  return (log) => filters.every((filter) => meets(log, filter)) && matchesOld(log, query) && hasText(log, search);
}

function parseFilters(text: string): Filter[] {
  const { data, error } = z.array(FILTER).safeParse(parsed(text));
  ensure(data, refusal(400, 7001, `filters: ${error && z.prettifyError(error)}`));
  return data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function meets(log: GatewayLog, { key, operator, value }: Filter): boolean {
  const found = KEYS[key]?.(log) ?? [];
  const some = (test: (has: Value, wanted: Value) => boolean) =>
    found.some((has) => value.some((wanted) => test(has, wanted)));
  switch (operator) {
    case "eq":
      return some((has, wanted) => has === wanted);
    case "neq":
      return !some((has, wanted) => has === wanted);
    case "contains":
      return some((has, wanted) => String(has).includes(String(wanted)));
    case "lt":
      return some((has, wanted) => compare(has, wanted) < 0);
    case "gt":
      return some((has, wanted) => compare(has, wanted) > 0);
  }
}

function matchesOld(log: GatewayLog, query: URLSearchParams): boolean {
  return Object.entries(OLD_PARAMETERS).every(([name, [key, test]]) => {
    const wanted = query.get(name);
    const [has = null] = KEYS[key]?.(log) ?? [];
    if (wanted === null) return true;
    if (test === "eq") return String(has) === wanted;
    return test === "from" ? compare(has, wanted) >= 0 : compare(has, wanted) <= 0;
  });
}

/** Numbers and times by their value. NaN, for what is neither, is neither less nor more. */
function compare(has: Value, wanted: Value): number {
  return amount(has) - amount(wanted);
}

function amount(value: Value): number {
  if (value === null || value === "" || typeof value === "boolean") return Number.NaN;
  const number = Number(value);
  return Number.isNaN(number) ? Date.parse(String(value)) : number;
}

/** Which members the real search reads is not known. */
function hasText({ id, provider, model, path, metadata }: GatewayLog, text: string): boolean {
  return [id, provider, model, path, JSON.stringify(metadata)].some((member) => member.includes(text));
}
