/**
 * A line of a Worker's log as an event of the API, and the value that a key names in it. Members of
 * a JSON line are named by themselves, such as `request_id`, everything else by its path, such as
 * `$metadata.service`. Sources: `TelemetryQueryResponse.Events` of cloudflare-typescript; public
 * code that filters by `$workers.scriptName` and by the members of its own lines.
 */
import type { WorkerLogEvent } from "../../state/index.ts";

export type Scalar = string | number | boolean;

export const DATASET = "cloudflare-workers";

export function eventToApi({ id, timestampMs, scriptName, scriptVersion, requestId, source }: WorkerLogEvent) {
  const level = typeof source === "object" && typeof source.level === "string" ? source.level : "log";
  const message = typeof source === "string" ? source : source.message;
  return {
    dataset: DATASET,
    timestamp: timestampMs,
    source,
    $workers: {
      eventType: "fetch",
      executionModel: "stateless",
      outcome: "ok",
      requestId,
      scriptName,
      scriptVersion: { id: scriptVersion },
      truncated: false,
    },
    $metadata: {
      id,
      service: scriptName,
      requestId,
      level,
      ...(typeof message === "string" ? { message } : {}),
      cloudService: "workers",
      origin: "fetch",
      type: "cf-worker-log",
    },
  };
}
export type TelemetryEvent = ReturnType<typeof eventToApi>;

/** @returns undefined when the event has no such value, or has an object or null in its place */
export function valueAt(event: TelemetryEvent, key: string): Scalar | undefined {
  const own = typeof event.source === "object" ? [event.source] : [];
  for (const start of [...own, event]) {
    const found = memberAt(start, key);
    if (isScalar(found)) return found;
  }
  return undefined;
}

/** A member's name may contain a dot itself. */
function memberAt(start: object, key: string): unknown {
  if (Object.hasOwn(start, key)) return (start as Record<string, unknown>)[key];
  let value: unknown = start;
  for (const name of key.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** The keys of a JSON line and of what Cloudflare adds to it, with the types of their values. */
export function fieldsOf(event: TelemetryEvent): { key: string; type: string }[] {
  const { source, $workers, $metadata } = event;
  const parts = { ...(typeof source === "object" ? source : {}), $workers, $metadata };
  const inside = (value: unknown, path: string): { key: string; type: string }[] => {
    if (isScalar(value)) return [{ key: path, type: typeof value }];
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([name, member]) => inside(member, path === "" ? name : `${path}.${name}`));
  };
  return inside(parts, "");
}

function isScalar(value: unknown): value is Scalar {
  return ["string", "number", "boolean"].includes(typeof value);
}
