/** Who still uses the previous secret, by the Worker's log. */
import { requireValue } from "../clouds/api-client.ts";
import type { WorkerLog } from "../clouds/worker-log.ts";
import type { PreviousUse } from "./secret.ts";

export interface Use {
  requests: number;
  /** Names of the clients whose requests used it. */
  clients: readonly string[];
}

/** @param fromMs milliseconds since the epoch */
export async function usesOfPrevious(log: WorkerLog, { key, client }: PreviousUse, fromMs: number): Promise<Use> {
  const { groups } = requireValue(
    await log.calculate({
      fromMs,
      toMs: Date.now(),
      filters: [
        { key, operation: "exists", type: "boolean" },
        ...(client === undefined ? [] : [{ key: "client", operation: "eq", type: "string", value: client } as const]),
      ],
      calculations: [{ operator: "count", alias: "requests" }],
      groupBy: { key: "client", type: "string" },
    }),
    "the Worker's log",
  );
  const used = groups.filter(({ figures }) => (figures.requests ?? 0) > 0);
  return {
    requests: used.reduce((sum, { figures }) => sum + (figures.requests ?? 0), 0),
    clients: used.map(({ value }) => String(value)),
  };
}
