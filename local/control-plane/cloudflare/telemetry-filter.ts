/**
 * Which events a query of Workers Observability matches. A value of another type than the filter's
 * counts as missing. A missing value meets only `is_null` and the negative operations; what the real
 * one does there is not known. Source: `TelemetryQueryParams` of cloudflare-typescript.
 */
import { uncodedRefusal } from "../../resources/cloudflare/account.ts";
import { CloudError } from "../../resources/resource-type.ts";
import { type Scalar, type TelemetryEvent, valueAt } from "./telemetry-event.ts";
import type { Filter, Operation, Query } from "./telemetry-query.ts";

const OPERATORS: Readonly<Record<Operation, (has: Scalar | undefined, wanted: Scalar) => boolean>> = {
  eq: (has, wanted) => has === wanted,
  neq: (has, wanted) => has !== wanted,
  gt: (has, wanted) => has !== undefined && has > wanted,
  gte: (has, wanted) => has !== undefined && has >= wanted,
  lt: (has, wanted) => has !== undefined && has < wanted,
  lte: (has, wanted) => has !== undefined && has <= wanted,
  includes: (has, wanted) => has !== undefined && String(has).includes(String(wanted)),
  not_includes: (has, wanted) => has === undefined || !String(has).includes(String(wanted)),
  starts_with: (has, wanted) => has !== undefined && String(has).startsWith(String(wanted)),
  ends_with: (has, wanted) => has !== undefined && String(has).endsWith(String(wanted)),
  regex: (has, wanted) => has !== undefined && regex(String(wanted)).test(String(has)),
  exists: (has) => has !== undefined,
  is_null: (has) => has === undefined,
  in: (has, wanted) => has !== undefined && listOf(wanted).includes(String(has)),
  not_in: (has, wanted) => has === undefined || !listOf(wanted).includes(String(has)),
};

export function matches(event: TelemetryEvent, { timeframe, parameters }: Query): boolean {
  const { filters, filterCombination, datasets, needle } = parameters;
  return (
    event.timestamp >= timeframe.from &&
    event.timestamp <= timeframe.to &&
    (datasets.length === 0 || datasets.includes(event.dataset)) &&
    meetsAll(event, filters, filterCombination) &&
    hasNeedle(event, needle)
  );
}

/** Without filters every event is met, whatever combines them. */
function meetsAll(event: TelemetryEvent, filters: readonly Filter[], combination: string): boolean {
  const meets = (filter: Filter) =>
    filter.kind === "group"
      ? meetsAll(event, filter.filters, filter.filterCombination)
      : OPERATORS[filter.operation](typed(valueAt(event, filter.key), filter.type), filter.value ?? "");
  if (filters.length === 0) return true;
  return combination.toLowerCase() === "or" ? filters.some(meets) : filters.every(meets);
}

function typed(value: Scalar | undefined, type: string): Scalar | undefined {
  return typeof value === type ? value : undefined;
}

/** The values of a list are separated by commas. */
function listOf(wanted: Scalar): string[] {
  return String(wanted)
    .split(",")
    .map((text) => text.trim());
}

function hasNeedle(event: TelemetryEvent, needle: Query["parameters"]["needle"]): boolean {
  if (!needle) return true;
  const { value, isRegex = false, matchCase = false } = needle;
  const text = JSON.stringify(event);
  if (isRegex) return regex(String(value), matchCase ? "" : "i").test(text);
  return matchCase ? text.includes(String(value)) : text.toLowerCase().includes(String(value).toLowerCase());
}

/** The real API uses RE2, which has fewer forms. */
function regex(text: string, flags = ""): RegExp {
  try {
    return new RegExp(text, flags);
  } catch {
    throw new CloudError(uncodedRefusal(400, `Invalid regular expression: ${text}`));
  }
}
