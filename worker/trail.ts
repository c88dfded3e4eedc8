/** What has been tried for one request, and which of its failures is the most useful one to answer. */
import { type Failure, madeFailure } from "./outcome.ts";
import { type Target, targetName } from "./target.ts";

export interface Attempt {
  target: string;
  /** A status, a word for what there was instead, or `?` for what the gateway does not tell. */
  result: string;
  ms?: number;
}

const CREDENTIAL_STATUSES = new Set([401, 402, 403]);

export class Trail {
  readonly attempts: Attempt[] = [];
  readonly #failures: { target?: Target; failure: Failure }[] = [];
  readonly #requestId: string;

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  answered(target: Target, status: number, ms: number): void {
    this.attempts.push({ target: targetName(target), result: String(status), ms });
  }

  failed(target: Target, failure: Failure, ms?: number): void {
    this.attempts.push({ target: targetName(target), result: failure.label, ...(ms === undefined ? {} : { ms }) });
    this.#failures.push({ target, failure });
  }

  /** Targets that were sent something and of whose part nothing is known. */
  untold(targets: readonly Target[]): void {
    for (const target of targets) this.attempts.push({ target: targetName(target), result: "?" });
  }

  /** A failure that cannot be laid to one target. */
  keep(failure: Failure): void {
    this.#failures.push({ failure });
  }

  /** All failed: what tells a client best what to do: 429 with its `retry-after`, then 429, then 529, then the rest. */
  mostUseful(): Failure {
    const [best] = [...this.#failures].sort((a, b) => rank(a.failure) - rank(b.failure));
    if (!best) return madeFailure("deadline", 504, "No target answered in time.", this.#requestId);
    return best.target ? this.asTold(best.target, best.failure) : best.failure;
  }

  /** A credential that a target refuses is this deployment's: told as a 401 it would send the caller to his own key. */
  asTold(target: Target, failure: Failure): Failure {
    if (!CREDENTIAL_STATUSES.has(failure.status)) return failure;
    const message = `The target ${targetName(target)} refuses this deployment's credential (${failure.status}).`;
    return madeFailure(failure.label, 502, message, this.#requestId, { "x-should-retry": "false" });
  }
}

function rank({ status, headers }: Failure): number {
  if (status === 429) return headers.has("retry-after") ? 0 : 1;
  if (status === 529) return 2;
  return CREDENTIAL_STATUSES.has(status) ? 4 : 3;
}
