/**
 * Splits a list into pages by `limit`, `after_id` and `before_id`. Source: `Page` of
 * @anthropic-ai/sdk.
 */

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;

export interface Page<Item> {
  data: readonly Item[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
}

/** @returns undefined when the limit is invalid */
export function pageOf<Item extends { id: string }>(
  items: readonly Item[],
  query: URLSearchParams,
): Page<Item> | undefined {
  const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) return undefined;
  const indexOf = (id: string | null) => items.findIndex((item) => item.id === id);
  const before = indexOf(query.get("before_id"));
  const start = before >= 0 ? Math.max(0, before - limit) : indexOf(query.get("after_id")) + 1;
  const end = before >= 0 ? before : start + limit;
  const data = items.slice(start, end);
  return {
    data,
    has_more: before >= 0 ? start > 0 : end < items.length,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}
