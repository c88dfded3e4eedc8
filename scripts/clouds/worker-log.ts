/**
 * The log lines of the stack's Worker, as Workers Observability keeps them: single lines, and
 * figures over all lines of a span of time. Cloudflare computes the figures, so they are right for
 * any number of requests.
 * Source: `src/resources/workers/observability/telemetry.ts` of cloudflare-typescript.
 */
import { z } from "zod";
import type { Answer } from "./api-client.ts";
import type { CloudflareApi } from "./cloudflare.ts";

/** One request, as `worker/log.ts` writes it. */
export type LogLine = z.infer<typeof LINE>;

export interface LoggedLine {
  line: LogLine;
  /** Milliseconds since the epoch: when the line was written, which is at the answer's end. */
  writtenMs: number;
}

export type Filter =
  | { key: string; operation: "eq" | "neq"; type: "string"; value: string }
  | { key: string; operation: "eq" | "gte"; type: "number"; value: number }
  | { key: string; operation: "exists" | "is_null"; type: "string" | "boolean" }
  | { kind: "group"; filterCombination: "and" | "or"; filters: readonly Filter[] };

export interface Span {
  fromMs: number;
  toMs: number;
}

export interface Calculation {
  operator: "count" | "p50" | "p99" | "sum";
  /** Absent for `count`. */
  key?: string;
  /** The name of the figure in the answer. */
  alias: string;
}

export interface CalculationQuery extends Span {
  filters: readonly Filter[];
  calculations: readonly Calculation[];
  /** One figure for each value of this key. A line without the key is in no group. */
  groupBy?: { key: string; type: "string" | "number" };
  /** How many parts of the span `series` has. Absent: no series. */
  parts?: number;
}

export interface Group {
  /** Of `groupBy`; undefined without one. */
  value: string | number | undefined;
  /** By alias. */
  figures: Readonly<Record<string, number>>;
}

export interface Calculated {
  groups: readonly Group[];
  /** The first calculation over time. Parts without a line are left out. */
  series: readonly { startMs: number; value: number }[];
  /** One line of this many was read. 1: all of them. */
  sampledOneIn: number;
}

/** The most that the API returns for one query. */
export const MAX_LINES = 2_000;
/** Enough for the clients of a stack. */
const MAX_GROUPS = 500;
/** The API wants a name for each query. */
const QUERY_ID = "claude-failover";

const ATTEMPT = z.object({ target: z.string(), result: z.string(), ms: z.number().optional() });
const LINE = z.object({
  event: z.literal("request"),
  request_id: z.string(),
  answer_id: z.string().optional(),
  version: z.string().optional(),
  http_method: z.string().optional(),
  method: z.string(),
  client: z.string().optional(),
  model: z.string().optional(),
  status: z.number().optional(),
  target: z.string().optional(),
  attempts: z.array(ATTEMPT).optional(),
  skipped: z.string().optional(),
  omitted: z.string().optional(),
  lost: z.string().optional(),
  sticky: z.string().optional(),
  drilled: z.string().optional(),
  request_bytes: z.number().optional(),
  ms: z.number().optional(),
  stream: z.string().optional(),
  stream_ms: z.number().optional(),
  previous: z.record(z.string(), z.boolean()).optional(),
  open_circuits: z.array(z.string()).optional(),
  held_bytes: z.number().optional(),
});
const EVENT = z.object({
  timestamp: z.number(),
  source: z.unknown().optional(),
  $metadata: z.object({ id: z.string() }),
});
const EVENTS = z.object({ events: z.object({ events: z.array(EVENT).nullish() }).nullish() });

const GROUPS = z.array(z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) }));
const FIGURE = z.object({
  value: z.number().nullable(),
  sampleInterval: z.number().nullish(),
  groups: GROUPS.nullish(),
});
const CALCULATED = z.object({
  calculations: z
    .array(
      z.object({
        calculation: z.string(),
        alias: z.string().optional(),
        aggregates: z.array(FIGURE).nullish(),
        series: z.array(z.object({ time: z.union([z.string(), z.number()]), data: z.array(FIGURE) })).nullish(),
      }),
    )
    .nullish(),
});

export class WorkerLog {
  readonly #cloudflare: CloudflareApi;
  readonly #path: string;
  readonly #script: string;

  constructor(cloudflare: CloudflareApi, { account, worker }: { account: string; worker: string }) {
    this.#cloudflare = cloudflare;
    this.#path = `accounts/${account}/workers/observability/telemetry/query`;
    this.#script = worker;
  }

  /** The newest lines that meet all filters, newest first. */
  async lines({
    filters,
    limit,
    offset,
    ...span
  }: Span & { filters: readonly Filter[]; limit: number; offset?: string }): Promise<
    Answer<{ lines: LoggedLine[]; next: string | undefined }>
  > {
    const answer = await this.#cloudflare.query(
      this.#path,
      this.#query(span, filters, { view: "events", limit, ...(offset === undefined ? {} : { offset }) }),
      EVENTS,
    );
    if (answer.kind !== "ok") return answer;
    const events = answer.value.events?.events ?? [];
    const lines = events.flatMap(({ timestamp, source }) => {
      const { data: line } = LINE.safeParse(source);
      return line ? [{ line, writtenMs: timestamp }] : [];
    });
    const last = events.length < limit ? undefined : events.at(-1);
    return { ...answer, value: { lines, next: last?.$metadata.id } };
  }

  async calculate({ filters, calculations, groupBy, parts, ...span }: CalculationQuery): Promise<Answer<Calculated>> {
    const parameters = {
      calculations: calculations.map(({ operator, key, alias }) => ({
        operator,
        alias,
        ...(key === undefined ? {} : { key, keyType: "number" }),
      })),
      ...(groupBy ? { groupBys: [{ type: groupBy.type, value: groupBy.key }], limit: MAX_GROUPS } : {}),
    };
    const answer = await this.#cloudflare.query(
      this.#path,
      this.#query(
        span,
        filters,
        { view: "calculations", ignoreSeries: parts === undefined, ...(parts ? { granularity: parts } : {}) },
        parameters,
      ),
      CALCULATED,
    );
    return answer.kind === "ok" ? { ...answer, value: toCalculated(answer.value, calculations) } : answer;
  }

  #query({ fromMs, toMs }: Span, filters: readonly Filter[], view: object, parameters: object = {}) {
    const own: Filter[] = [
      { key: "$workers.scriptName", operation: "eq", type: "string", value: this.#script },
      { key: "event", operation: "eq", type: "string", value: "request" },
    ];
    return {
      queryId: QUERY_ID,
      timeframe: { from: Math.floor(fromMs), to: Math.ceil(toMs) },
      ...view,
      parameters: { filterCombination: "and", filters: [...own, ...filters], ...parameters },
    };
  }
}

function toCalculated({ calculations }: z.infer<typeof CALCULATED>, asked: readonly Calculation[]): Calculated {
  const groups = new Map<string, { value: Group["value"]; figures: Record<string, number> }>();
  let sampledOneIn = 1;
  for (const [index, { alias = asked[index]?.alias ?? "", aggregates }] of (calculations ?? []).entries()) {
    for (const { value, sampleInterval, groups: by } of aggregates ?? []) {
      const name = by?.[0]?.value;
      const group = groups.get(String(name)) ?? { value: typeof name === "boolean" ? String(name) : name, figures: {} };
      group.figures[alias] = value ?? 0;
      groups.set(String(name), group);
      sampledOneIn = Math.max(sampledOneIn, sampleInterval ?? 1);
    }
  }
  const series = (calculations?.[0]?.series ?? []).map(({ time, data }) => ({
    startMs: new Date(time).getTime(),
    value: data.reduce((sum, { value }) => sum + (value ?? 0), 0),
  }));
  return { groups: [...groups.values()], series, sampledOneIn };
}
