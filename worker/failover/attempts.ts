/** Records the attempts of one request, and chooses the failure to return if all of them failed. */
import { type Failure, ownFailure } from "../errors.ts";
import { type Target, targetName } from "../targets/target.ts";

export interface Attempt {
  target: string;
  /**
   * A status, a status and the account's limit, or a word if there was no status. `?` means that
   * the gateway hides the status. `open` means that the breaker has moved the target to the end.
   */
  result: string;
  ms?: number;
}

/** @returns the names of the targets whose failure is known */
export function namesOfFailed(attempts: readonly Attempt[]): string[] {
  return attempts.filter(({ result }) => result !== "?" && result !== "open").map(({ target }) => target);
}

const CREDENTIAL_STATUSES = new Set([401, 402, 403]);

export class AttemptLog {
  readonly attempts: Attempt[] = [];
  readonly #failures: { target: Target | undefined; failure: Failure }[] = [];
  readonly #chain: readonly Target[];
  #callerError: Failure | undefined;

  /**
   * @param chain the targets in the order of the chain. Their statuses may become known in another
   * order.
   */
  constructor(chain: readonly Target[] = []) {
    this.#chain = chain;
  }

  passedOver(targets: readonly Target[]): void {
    for (const target of targets) this.attempts.push({ target: targetName(target), result: "open" });
  }

  answered(target: Target, status: number, ms: number): void {
    this.attempts.push({ target: targetName(target), result: String(status), ms });
  }

  /** @param target undefined if it is not known which target failed */
  failed(target: Target | undefined, failure: Failure, ms?: number): void {
    if (target) {
      this.attempts.push({ target: targetName(target), result: failure.label, ...(ms === undefined ? {} : { ms }) });
    }
    this.#failures.push({ target, failure });
  }

  /**
   * Records an error that the caller has caused. Afterwards only targets earlier in the chain are
   * asked, so the last recorded error is that of the earliest target.
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

  /**
   * @returns the failure for the caller when all targets failed: the caller's own error, or else
   * the most useful failure
   */
  mostUseful(): Failure {
    if (this.#callerError) return this.#callerError;
    const [best] = [...this.#failures].sort(
      (a, b) => rank(a.failure) - rank(b.failure) || this.#position(a.target) - this.#position(b.target),
    );
    if (!best) return ownFailure("deadline", 504, "No target answered in time.");
    // The error names the limit, and the account may be the caller's own.
    if (best.failure.limit) return best.failure;
    return CREDENTIAL_STATUSES.has(best.failure.status) ? this.#refusedCredentials(best.failure) : best.failure;
  }

  #position(target: Target | undefined): number {
    return target ? this.#chain.indexOf(target) : this.#chain.length;
  }

  /**
   * Makes a 502 from a refused credential, because callers would think that a 401 is about their
   * own token.
   */
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
 * @returns a number that is lower for a more useful failure. The order is: 429 with `retry-after`,
 * other 429, 529, and all other statuses. What does not end by a retry comes last: refused
 * credentials and an account at its limit, then a 400. So a client retries whenever one target may
 * answer the retry.
 */
function rank({ status, headers, limit }: Failure): number {
  if (limit && !limit.waitingHelps) return 4;
  if (status === 429) return headers.has("retry-after") ? 0 : 1;
  if (status === 529) return 2;
  if (CREDENTIAL_STATUSES.has(status)) return 4;
  return status === 400 ? 5 : 3;
}
