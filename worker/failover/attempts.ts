/**
 * What has been tried for one request, and which of its failures is the most useful one to answer.
 */
import { type Failure, ownFailure } from "../errors.ts";
import { type Target, targetName } from "../targets/target.ts";

export interface Attempt {
  target: string;
  /**
   * A status, a word for what there was instead, `?` for what the gateway hides, `open` for what
   * the breaker passed over.
   */
  result: string;
  ms?: number;
}

const CREDENTIAL_STATUSES = new Set([401, 402, 403]);

export class AttemptLog {
  readonly attempts: Attempt[] = [];
  readonly #failures: { target: Target | undefined; failure: Failure }[] = [];
  readonly #chain: readonly Target[];
  #callerError: Failure | undefined;

  /** @param chain the order to ask in, whatever the order in which statuses become known */
  constructor(chain: readonly Target[] = []) {
    this.#chain = chain;
  }

  passedOver(targets: readonly Target[]): void {
    for (const target of targets) this.attempts.push({ target: targetName(target), result: "open" });
  }

  answered(target: Target, status: number, ms: number): void {
    this.attempts.push({ target: targetName(target), result: String(status), ms });
  }

  /** @param target undefined: the failure cannot be assigned to one. */
  failed(target: Target | undefined, failure: Failure, ms?: number): void {
    if (target) {
      this.attempts.push({ target: targetName(target), result: failure.label, ...(ms === undefined ? {} : { ms }) });
    }
    this.#failures.push({ target, failure });
  }

  /**
   * After such an error only targets that stand earlier in the chain are asked. So the last error
   * recorded is that of the earliest target.
   */
  callerError(target: Target, failure: Failure, ms: number): void {
    this.attempts.push({ target: targetName(target), result: failure.label, ms });
    this.#callerError = failure;
  }

  get hasCallerError(): boolean {
    return this.#callerError !== undefined;
  }

  /** Records targets that were asked and whose status the gateway hides. */
  recordUnknown(targets: readonly Target[]): void {
    for (const target of targets) this.attempts.push({ target: targetName(target), result: "?" });
  }

  /** The failure to return when all failed: a caller's own error first, then the one that helps a client most. */
  mostUseful(): Failure {
    if (this.#callerError) return this.#callerError;
    const [best] = [...this.#failures].sort(
      (a, b) => rank(a.failure) - rank(b.failure) || this.#position(a.target) - this.#position(b.target),
    );
    if (!best) return ownFailure("deadline", 504, "No target answered in time.");
    return CREDENTIAL_STATUSES.has(best.failure.status) ? this.#refusedCredentials(best.failure) : best.failure;
  }

  #position(target: Target | undefined): number {
    return target ? this.#chain.indexOf(target) : this.#chain.length;
  }

  /** A 401 would make callers suspect their own token. */
  #refusedCredentials(failure: Failure): Failure {
    const refusals = new Set(
      this.#failures.flatMap(({ target, failure: { status } }) =>
        target && CREDENTIAL_STATUSES.has(status) ? `${targetName(target)} (${status})` : [],
      ),
    );
    const message = `This deployment's credentials are refused by ${[...refusals].sort().join(" and ")}.`;
    return ownFailure(failure.label, 502, message, { "x-should-retry": "false" });
  }
}

/**
 * 429 with its `retry-after` first, then 429, then 529, then the rest; what is ours last: refused
 * credentials, then a 400.
 */
function rank({ status, headers }: Failure): number {
  if (status === 429) return headers.has("retry-after") ? 0 : 1;
  if (status === 529) return 2;
  if (CREDENTIAL_STATUSES.has(status)) return 4;
  return status === 400 ? 5 : 3;
}
