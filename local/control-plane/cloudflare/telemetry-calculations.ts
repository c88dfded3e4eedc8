/**
 * The view `calculations` of Workers Observability: counts, sums, percentiles and the like, for all
 * matching events or for each group, and the same over time. Nothing is sampled here, so every
 * interval is 1. How the real one interpolates a percentile and in which unit it gives `interval` is
 * not known; here it is linear, and seconds. Source: `TelemetryQueryResponse.Calculation` of
 * cloudflare-typescript.
 */
import { type Scalar, type TelemetryEvent, valueAt } from "./telemetry-event.ts";
import type { Calculation, Query } from "./telemetry-query.ts";

interface Group {
  groups: { key: string; value: Scalar }[];
  events: TelemetryEvent[];
}

const HAVINGS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  eq: (value, limit) => value === limit,
  neq: (value, limit) => value !== limit,
  gt: (value, limit) => value > limit,
  gte: (value, limit) => value >= limit,
  lt: (value, limit) => value < limit,
  lte: (value, limit) => value <= limit,
};

/** @param events those that match the query */
export function calculate(events: readonly TelemetryEvent[], query: Query) {
  const { calculations } = query.parameters;
  const { chartType, ignoreSeries } = query;
  const groups = pageOfGroups(groupsOf(events, query), query);
  return calculations.map((calculation) => ({
    calculation: calculation.operator,
    ...(calculation.alias === undefined ? {} : { alias: calculation.alias }),
    aggregates: chartType === "timeseries" ? [] : groups.map((group) => dataOf(calculation, group, spanOf(query))),
    series: ignoreSeries || chartType === "aggregate" ? [] : seriesOf(calculation, groups, query),
  }));
}

function groupsOf(events: readonly TelemetryEvent[], { parameters: { groupBys } }: Query): Group[] {
  if (groupBys.length === 0) return [{ groups: [], events: [...events] }];
  const byValues = new Map<string, Group>();
  for (const event of events) {
    const groups = groupBys.flatMap(({ value: key, type }) => {
      const value = valueAt(event, key);
      return typeof value === type && value !== undefined ? [{ key, value }] : [];
    });
    // An event without one of the values is in no group.
    if (groups.length < groupBys.length) continue;
    const name = JSON.stringify(groups.map(({ value }) => value));
    const group = byValues.get(name) ?? { groups, events: [] };
    group.events.push(event);
    byValues.set(name, group);
  }
  return [...byValues.values()];
}

/** The groups that meet all havings, largest first unless the query says otherwise. */
function pageOfGroups(groups: readonly Group[], query: Query): Group[] {
  const { calculations, groupBys, havings, orderBy } = query.parameters;
  const named = (name: string | undefined) =>
    calculations.find(({ alias, operator, key }) => [alias, operator, key].includes(name)) ?? calculations[0];
  const kept = groups.filter((group) =>
    havings.every(({ key, operation, value }) => HAVINGS[operation]?.(resultOf(named(key), group.events), value)),
  );
  if (groupBys.length === 0) return kept;
  const by = named(orderBy?.value);
  const ascending = kept.toSorted((one, other) => resultOf(by, one.events) - resultOf(by, other.events));
  const ordered = orderBy?.order === "asc" ? ascending : ascending.reverse();
  const limit = query.parameters.limit ?? query.limit;
  return ordered.slice(query.offsetBy, query.offsetBy + limit);
}

function dataOf(calculation: Calculation, { groups, events }: Group, interval: number) {
  const value = resultOf(calculation, events);
  const count = events.length;
  return { value, count, interval, sampleInterval: 1, ...(groups.length > 0 ? { groups } : {}) };
}

/** Buckets without an event are left out. */
function seriesOf(calculation: Calculation, groups: readonly Group[], query: Query) {
  const { from } = query.timeframe;
  const bucketMs = (query.timeframe.to - from) / query.granularity;
  return Array.from({ length: query.granularity }, (_, index) => {
    const start = from + index * bucketMs;
    const isLast = index === query.granularity - 1;
    const isWithin = ({ timestamp }: TelemetryEvent) => timestamp >= start && (isLast || timestamp < start + bucketMs);
    const data = groups
      .map((group) => ({ ...group, events: group.events.filter(isWithin) }))
      .filter(({ events }) => events.length > 0)
      .map((group) => dataOf(calculation, group, bucketMs / 1_000));
    return { time: new Date(start).toISOString(), data };
  }).filter(({ data }) => data.length > 0);
}

function spanOf({ timeframe: { from, to } }: Query): number {
  return (to - from) / 1_000;
}

function resultOf(calculation: Calculation | undefined, events: readonly TelemetryEvent[]): number {
  const { operator, key } = calculation ?? { operator: "count", key: undefined };
  if (operator === "count" || key === undefined) return events.length;
  const values = events.flatMap((event) => valueAt(event, key) ?? []);
  if (operator === "uniq" || operator === "count_distinct") return new Set(values).size;
  return ofNumbers(
    operator,
    values.filter((value) => typeof value === "number").sort((one, other) => one - other),
  );
}

/** @param sorted ascending. Of no numbers every result is 0. */
function ofNumbers(operator: string, sorted: readonly number[]): number {
  const sum = sorted.reduce((total, value) => total + value, 0);
  const mean = sum / (sorted.length || 1);
  const variance = sorted.reduce((total, value) => total + (value - mean) ** 2, 0) / (sorted.length || 1);
  switch (operator) {
    case "sum":
      return sum;
    case "avg":
      return mean;
    case "min":
      return sorted[0] ?? 0;
    case "max":
      return sorted.at(-1) ?? 0;
    case "variance":
      return variance;
    case "stddev":
      return Math.sqrt(variance);
    case "median":
      return percentile(sorted, 0.5);
    default:
      // `p99` and `p999` are 0.99 and 0.999.
      return percentile(sorted, Number(`0.${operator.slice(1)}`));
  }
}

function percentile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}
