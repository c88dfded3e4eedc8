/**
 * Finds a request in both logs: by any id that a caller may have, the Worker's line; by the Worker's
 * own id, the gateway's calls. A line may be missing, and then the calls alone must do.
 */
import { describeRefusal, requireValue } from "../clouds/api-client.ts";
import type { GatewayEntry, GatewayLog } from "../clouds/gateway-log.ts";
import type { Filter, LoggedLine, Span, WorkerLog } from "../clouds/worker-log.ts";

export interface Found {
  /** Undefined: only the gateway's log has the request. */
  logged: LoggedLine | undefined;
  /** Oldest first. */
  calls: readonly GatewayEntry[];
  /** Why the gateway's log could not be read; undefined: it could. */
  gatewayProblem: string | undefined;
}

/** The two logs are dated by different machines. */
const MARGIN_MS = 60_000;

/** @returns undefined if no log has the request @throws {Failure} if the Worker's log cannot be read */
export async function findRequest(
  id: string,
  span: Span,
  { workerLog, gatewayLog }: { workerLog: WorkerLog; gatewayLog: GatewayLog },
): Promise<Found | undefined> {
  const named = (key: string): Filter => ({ key, operation: "eq", type: "string", value: id });
  const either: Filter = { kind: "group", filterCombination: "or", filters: [named("request_id"), named("answer_id")] };
  const { lines } = requireValue(await workerLog.lines({ ...span, filters: [either], limit: 1 }), "the Worker's log");
  const [logged] = lines;
  const answer = await gatewayLog.entries({
    ...(logged ? spanOf(logged) : span),
    metadataValue: logged?.line.request_id ?? id,
  });
  if (answer.kind === "ok") {
    if (!logged && answer.value.length === 0) return undefined;
    return { logged, calls: answer.value, gatewayProblem: undefined };
  }
  if (!logged) return undefined;
  const gatewayProblem = answer.kind === "refused" ? describeRefusal(answer) : answer.why;
  return { logged, calls: [], gatewayProblem };
}

/** When the request came. */
export function startedMs({ line: { ms = 0, stream_ms: streamMs }, writtenMs }: LoggedLine): number {
  return writtenMs - (streamMs ?? ms);
}

function spanOf(logged: LoggedLine): Span {
  return { fromMs: startedMs(logged) - MARGIN_MS, toMs: logged.writtenMs + MARGIN_MS };
}
