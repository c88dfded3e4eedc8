/** One request of a drill, and how it is found in the gateway's log. */
import type { GatewayEntry } from "../clouds/gateway-log.ts";
import type { Answered, WorkerAnswer } from "../clouds/worker.ts";

export interface Sample {
  isDrilled: boolean;
  /** Milliseconds since the epoch, by this machine's clock. */
  startedMs: number;
  answer: WorkerAnswer;
}

export type ServedAnswer = Answered & { target: string };

/** Undefined unless the answer is a whole message from a known target. */
export function servedAnswer({ answer }: Sample): ServedAnswer | undefined {
  if (answer.kind !== "answered" || !answer.isComplete) return undefined;
  const { target } = answer;
  return target === undefined ? undefined : { ...answer, target };
}

/** The Worker's own ids begin like this. The gateway's log has no other ones. */
const OWN_ID = /^req_failover_/;

/** The entries of the log by request, and how an answer names its request. */
export class RunEntries {
  readonly #byId = new Map<string, GatewayEntry>();
  /** The Worker's request id by the id that the caller got. */
  readonly #byAnswerId = new Map<string, string>();

  /** An entry that is read again replaces the earlier one: it may have been of a call under way. */
  add(entries: readonly GatewayEntry[]): void {
    for (const entry of entries) this.#byId.set(entry.id, entry);
  }

  addAnswerIds(ids: Iterable<readonly [answerId: string, requestId: string]>): void {
    for (const [answerId, requestId] of ids) this.#byAnswerId.set(answerId, requestId);
  }

  /** Undefined: the log does not have the request, or not yet. */
  requestOf({ answer }: Sample): string | undefined {
    if (answer.kind === "unreachable") return undefined;
    const { requestId = "", gatewayLogId = "" } = answer;
    if (OWN_ID.test(requestId)) return requestId;
    return this.#byId.get(gatewayLogId)?.request ?? this.#byAnswerId.get(requestId);
  }

  /** All calls of each sample's request, in the order of the steps. */
  bySample(samples: readonly Sample[]): Map<Sample, GatewayEntry[]> {
    const byRequest = Map.groupBy(this.#byId.values(), ({ request }) => request);
    return new Map(
      samples.map((sample) => {
        const request = this.requestOf(sample);
        const entries = request === undefined ? [] : (byRequest.get(request) ?? []);
        return [sample, entries.toSorted((one, other) => one.createdMs - other.createdMs)];
      }),
    );
  }
}
