/**
 * Queries of Workers Observability, in the views `events` and `calculations`. Events come newest
 * first, and the id of the last one is the cursor for the next page. Source:
 * `src/resources/workers/observability/telemetry.ts` of cloudflare-typescript.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { uncodedRefusal } from "../../resources/cloudflare/account.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { CloudflareAccount } from "../../state/index.ts";
import { cloudflareRoute } from "./call.ts";
import { calculate } from "./telemetry-calculations.ts";
import { eventToApi, fieldsOf, type TelemetryEvent } from "./telemetry-event.ts";
import { matches } from "./telemetry-filter.ts";
import { QUERY, type Query } from "./telemetry-query.ts";

const QUERY_PATH = "/accounts/:account/workers/observability/telemetry/query";

export const telemetryRoutes = [
  cloudflareRoute("POST", QUERY_PATH, ({ account, body }) => {
    const { data: query, error } = QUERY.safeParse(body);
    ensure(query, uncodedRefusal(400, `${error && z.prettifyError(error)}`));
    const found = account.workerLog
      .map(eventToApi)
      .filter((event) => matches(event, query))
      .sort((one, other) => one.timestamp - other.timestamp)
      .reverse();
    const statistics = { elapsed: 0.001, rows_read: account.workerLog.length, bytes_read: 0, abr_level: 1 };
    const shown =
      query.view === "events" ? { events: pageOf(found, query) } : { calculations: calculate(found, query) };
    return { result: { run: runOf(account, query, statistics), statistics, ...shown } };
  }),
];

function pageOf(found: readonly TelemetryEvent[], { offset, offsetDirection, limit }: Query) {
  const cursor = found.findIndex(({ $metadata }) => $metadata.id === offset);
  ensure(offset === undefined || cursor >= 0, uncodedRefusal(400, `offset: no event ${offset}`));
  const isBackwards = offset !== undefined && offsetDirection === "prev";
  const events = isBackwards
    ? found.slice(Math.max(0, cursor - limit), cursor)
    : found.slice(cursor + 1, cursor + 1 + limit);
  const fields = new Map(events.flatMap(fieldsOf).map((field) => [`${field.key} ${field.type}`, field]));
  return { count: found.length, events, fields: [...fields.values()], series: [] };
}

function runOf({ id: accountId }: CloudflareAccount, query: Query, statistics: object) {
  const now = new Date().toISOString();
  const user = "local";
  const { queryId: id, timeframe, parameters, dry, granularity } = query;
  const about = { name: id, description: null, created: now, createdBy: user, updated: now, updatedBy: user };
  return {
    id: randomUUID(),
    accountId,
    userId: user,
    status: "COMPLETED",
    dry,
    granularity,
    timeframe,
    query: { id, adhoc: true, ...about, parameters },
    created: now,
    updated: now,
    statistics,
  };
}
