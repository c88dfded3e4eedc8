/**
 * The body of a query of Workers Observability, with its limits and defaults. Sources:
 * `TelemetryQueryParams` of cloudflare-typescript; Cloudflare's OpenAPI schema for the default view,
 * limit and largest limit.
 */
import { z } from "zod";

export interface FilterGroup {
  kind: "group";
  filterCombination: string;
  filters: readonly Filter[];
}
export type Filter = FilterGroup | z.infer<typeof LEAF>;
export type Query = z.infer<typeof QUERY>;

const MAX_DEPTH = 4;
const COMBINATION = z.enum(["and", "or", "AND", "OR"]);
const TYPE = z.enum(["string", "number", "boolean"]);

/** Newer names → older ones, which the API still accepts. */
export const OPERATIONS = {
  eq: "=",
  neq: "!=",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
  includes: "INCLUDES",
  not_includes: "DOES_NOT_INCLUDE",
  regex: "MATCH_REGEX",
  exists: "EXISTS",
  is_null: "DOES_NOT_EXIST",
  in: "IN",
  not_in: "NOT_IN",
  starts_with: "STARTS_WITH",
  ends_with: "ENDS_WITH",
} as const;
export type Operation = keyof typeof OPERATIONS;

const NEW_NAMES = new Map<string, Operation>(
  Object.entries(OPERATIONS).flatMap(([name, old]) => [name, old].map((key) => [key, name as Operation] as const)),
);

const LEAF = z.object({
  kind: z.literal("filter").optional(),
  key: z.string(),
  operation: z.enum([...NEW_NAMES.keys()]).transform((name) => NEW_NAMES.get(name) ?? "eq"),
  type: TYPE,
  value: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

function filterAt(depth: number): z.ZodType<Filter> {
  if (depth === MAX_DEPTH) return LEAF;
  const filters = z.lazy(() => z.array(filterAt(depth + 1)));
  return z.union([z.object({ kind: z.literal("group"), filterCombination: COMBINATION, filters }), LEAF]);
}

const CALCULATION = z
  .object({
    operator: z.string().transform((name) => name.toLowerCase()),
    key: z.string().optional(),
    keyType: TYPE.optional(),
    alias: z.string().optional(),
  })
  .refine(({ operator, key }) => operator === "count" || key !== undefined, "key: Required")
  .refine(
    ({ operator }) => /^(count|uniq|count_distinct|max|min|sum|avg|median|p\d{2,3}|stddev|variance)$/.test(operator),
    "operator: Invalid",
  );
export type Calculation = z.infer<typeof CALCULATION>;

const PARAMETERS = z.object({
  calculations: z.array(CALCULATION).default([]),
  datasets: z.array(z.string()).default([]),
  filterCombination: COMBINATION.default("and"),
  filters: z.array(filterAt(1)).default([]),
  groupBys: z.array(z.object({ type: TYPE, value: z.string() })).default([]),
  havings: z
    .array(z.object({ key: z.string(), operation: z.enum(["eq", "neq", "gt", "gte", "lt", "lte"]), value: z.number() }))
    .default([]),
  limit: z.int().min(0).max(2_000).optional(),
  needle: z
    .object({ value: z.union([z.string(), z.number(), z.boolean()]), isRegex: z.boolean(), matchCase: z.boolean() })
    .partial({ isRegex: true, matchCase: true })
    .optional(),
  orderBy: z.object({ value: z.string(), order: z.enum(["asc", "desc"]).default("desc") }).optional(),
});

export const QUERY = z.object({
  queryId: z.string(),
  timeframe: z
    .object({ from: z.int().min(0), to: z.int().min(0) })
    .refine(({ from, to }) => from < to, "'from' must be earlier than 'to'"),
  view: z.enum(["events", "calculations"]).default("calculations"),
  limit: z.int().min(0).max(2_000).default(50),
  offset: z.string().optional(),
  offsetBy: z.int().min(0).default(0),
  offsetDirection: z.enum(["next", "prev"]).default("next"),
  granularity: z.int().min(1).max(1_000).default(20),
  chartType: z.enum(["timeseries_and_aggregate", "timeseries", "aggregate"]).default("timeseries_and_aggregate"),
  ignoreSeries: z.boolean().default(false),
  dry: z.boolean().default(false),
  parameters: PARAMETERS.default(() => PARAMETERS.parse({})),
});
