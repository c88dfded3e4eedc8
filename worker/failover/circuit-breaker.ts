/**
 * The circuit breaker. It moves a target that keeps failing to the end of the chain for some time.
 * It never skips a target.
 *
 * There are two kinds of circuits. A shared circuit counts only failures that no caller can cause.
 * There is one for each target and model, and one for each target that counts refused credentials
 * and refused payments. A client's own circuit counts every failure that this client gets. There is
 * one for each client, target and model. So no client can change the order of targets for another
 * client.
 *
 * The Universal Endpoint hides the status of every step except the last. A target whose status is
 * hidden is a suspect. The client's next request asks the suspect in a way that shows its status. A
 * failure then counts five times in the client's own circuit, so with the default limits this one
 * failure opens the circuit. An account at its limit counts five times in both circuits, because
 * the next request meets the same limit.
 *
 * Other isolates in the same Cloudflare location may know earlier that a target is down.
 * `neighbours.ts` asks them after each failure that counts in a shared circuit. If they have seen
 * enough failures, this circuit opens at once, unless the target has answered this isolate a short
 * time ago. The condition is needed because at a busy location even a healthy target fails often
 * enough.
 *
 * All keys of the maps come from the configuration and the table of models, so callers cannot grow
 * the maps.
 */
import type { BreakerLimits } from "../options.ts";
import type { AccountLimit } from "../response/account-limits.ts";
import type { Blame } from "../response/blame.ts";
import { type Target, targetName } from "../targets/target.ts";

/** With `retry-after` a target can extend the time of its open circuit up to this factor. */
const MAX_OPEN_FACTOR = 10;
/** After this time a probe that has not ended is ignored. */
const PROBE_MS = 60_000;
/** How many failures a certain failure counts as. It is the default of `breaker.failures`. */
const CONFIRMED_FAILURES = 5;
/** Statuses of refused credentials and payments, which concern all models of a target. */
const PER_TARGET_STATUSES = new Set([401, 402]);

interface Circuit {
  failures: number;
  /** Time of the first of these failures. */
  sinceMs: number;
  /** Undefined while the circuit is closed. */
  openUntilMs?: number;
  /** Whether the neighbours' failures have opened the circuit. */
  isByNeighbours?: boolean;
  /**
   * The probes by client. Each client has its own probe, so no client can delay another client's
   * probe.
   */
  probes: Map<string, Probe>;
}

interface Probe {
  /** The request that is the probe. Only this request can end the probe. */
  requester: Requester;
  /** When the probe is no longer waited for. */
  untilMs: number;
}

export interface FailureReport {
  blame: Blame;
  status: number;
  /** The target's `retry-after`; 0 if it sent none. */
  retryAfterMs: number;
  /** The limit that the account has reached. */
  limit?: AccountLimit | undefined;
}

export interface NeighboursReport {
  /** That of the isolate's own failure. */
  retryAfterMs: number;
  quietMs: number;
}

/** The client and the model of one request. Each request has its own object. */
export interface Requester {
  client: string;
  /** An id from the table of models; `unknown` for any other model. */
  model: string;
}

export class CircuitBreaker {
  readonly #limits: BreakerLimits;
  readonly #circuits = new Map<string, Circuit>();
  /** The suspects: for each client's own key, the time until which the target is a suspect. */
  readonly #suspects = new Map<string, number>();
  /** For each shared key, when the target has answered last. */
  readonly #answeredMs = new Map<string, number>();

  constructor(limits: BreakerLimits) {
    this.#limits = limits;
  }

  /**
   * @returns whether a circuit of the target is open for this requester. For the first request
   * after the open time it is not: this request is the probe.
   */
  isOpen(target: Target, requester: Requester, nowMs: number): boolean {
    return keysOf(target, requester).some((key) => this.#isOpen(key, requester, nowMs));
  }

  /**
   * @returns whether the target's next status must be visible, because the target is a suspect, or
   * one of its circuits is open or probed
   */
  mustBeSeen(target: Target, requester: Requester, nowMs: number): boolean {
    const isOpen = keysOf(target, requester).some((key) => this.#circuits.get(key)?.openUntilMs !== undefined);
    return isOpen || (this.#suspects.get(ownKey(target, requester)) ?? 0) > nowMs;
  }

  /**
   * Records an answer of the target. The beginning of a stream closes an open circuit, but the next
   * failure opens it again. A whole answer deletes all recorded failures.
   */
  answered(target: Target, requester: Requester, how: "begun" | "whole", nowMs: number): void {
    const shared = sharedKeys(target, requester);
    const own = ownKey(target, requester);
    this.#suspects.delete(own);
    for (const key of shared) this.#answeredMs.set(key, nowMs);
    for (const key of [...shared, own]) {
      const circuit = this.#circuits.get(key);
      if (how === "whole") this.#circuits.delete(key);
      else if (circuit?.openUntilMs !== undefined) {
        const failures = this.#limits.failures - 1;
        this.#circuits.set(key, { failures, sinceMs: nowMs, probes: new Map() });
      }
    }
  }

  /** @returns the shared circuit in which the failure counts; undefined if it counts in none */
  failed(target: Target, requester: Requester, report: FailureReport, nowMs: number): string | undefined {
    if (report.blame === "nobody") {
      this.releaseProbe(target, requester);
      return undefined;
    }
    const own = ownKey(target, requester);
    const wasSuspect = this.#suspects.delete(own);
    const failures = report.limit?.isOurs ? CONFIRMED_FAILURES : 1;
    this.#count(own, report.retryAfterMs, nowMs, wasSuspect ? CONFIRMED_FAILURES : failures);
    const shared = report.blame === "target" ? sharedKey(target, requester, report) : undefined;
    if (shared !== undefined) this.#count(shared, report.retryAfterMs, nowMs, failures);
    this.releaseProbe(target, requester);
    return shared;
  }

  /**
   * Called after a failure in a shared circuit, if the neighbours have seen enough failures. Opens the
   * circuit, unless the target has answered this isolate within `quietMs`.
   */
  openByNeighbours(shared: string, { retryAfterMs, quietMs }: NeighboursReport, nowMs: number): void {
    const circuit = this.#circuits.get(shared);
    const answeredMs = this.#answeredMs.get(shared) ?? Number.NEGATIVE_INFINITY;
    if (!circuit || circuit.openUntilMs !== undefined || nowMs - answeredMs < quietMs) return;
    circuit.isByNeighbours = true;
    this.#open(circuit, retryAfterMs, nowMs);
  }

  /** Records that the target was asked and that the gateway hides its status. */
  hidden(target: Target, requester: Requester, nowMs: number): void {
    this.#suspects.set(ownKey(target, requester), nowMs + this.#limits.windowMs);
  }

  /** If this request is the target's probe, the client's next request becomes the probe instead. */
  releaseProbe(target: Target, requester: Requester): void {
    for (const key of keysOf(target, requester)) {
      const probes = this.#circuits.get(key)?.probes;
      if (probes?.get(requester.client)?.requester === requester) probes.delete(requester.client);
    }
  }

  /**
   * @returns the names of open circuits for the log, without other clients' own circuits. A name ends
   * with `by neighbours` if their failures have opened the circuit.
   */
  openCircuits({ client }: Requester): string[] {
    return [...this.#circuits]
      .filter(
        ([key, { openUntilMs }]) => openUntilMs !== undefined && (!key.includes("|") || key.startsWith(`${client}|`)),
      )
      .map(([key, { isByNeighbours }]) => (isByNeighbours ? `${key} by neighbours` : key));
  }

  #isOpen(key: string, requester: Requester, nowMs: number): boolean {
    const circuit = this.#circuits.get(key);
    if (circuit?.openUntilMs === undefined) return false;
    const probe = circuit.probes.get(requester.client);
    if (nowMs < circuit.openUntilMs || (probe && nowMs < probe.untilMs)) return true;
    circuit.probes.set(requester.client, { requester, untilMs: nowMs + PROBE_MS });
    return false;
  }

  #count(key: string, retryAfterMs: number, nowMs: number, failures: number): void {
    const circuit = this.#circuits.get(key);
    if (circuit?.openUntilMs !== undefined) {
      // The failure of a request that began before the circuit opened changes nothing. The failure
      // of a probe opens the circuit again.
      if (nowMs >= circuit.openUntilMs) this.#open(circuit, retryAfterMs, nowMs);
      return;
    }
    const isRecent = circuit !== undefined && nowMs - circuit.sinceMs < this.#limits.windowMs;
    const counted: Circuit = {
      failures: (isRecent ? circuit.failures : 0) + failures,
      sinceMs: isRecent ? circuit.sinceMs : nowMs,
      probes: new Map(),
    };
    this.#circuits.set(key, counted);
    if (counted.failures >= this.#limits.failures) this.#open(counted, retryAfterMs, nowMs);
  }

  #open(circuit: Circuit, retryAfterMs: number, nowMs: number): void {
    const { openMs } = this.#limits;
    circuit.openUntilMs = nowMs + Math.min(Math.max(openMs, retryAfterMs), openMs * MAX_OPEN_FACTOR);
  }
}

function concernsAllModels({ status, limit }: FailureReport): boolean {
  return limit ? !limit.waitingHelps : PER_TARGET_STATUSES.has(status);
}

function sharedKeys(target: Target, { model }: Requester): [perTarget: string, perModel: string] {
  const name = targetName(target);
  return [name, `${name} ${model}`];
}

function sharedKey(target: Target, requester: Requester, report: FailureReport): string {
  const [perTarget, perModel] = sharedKeys(target, requester);
  return concernsAllModels(report) ? perTarget : perModel;
}

function ownKey(target: Target, { client, model }: Requester): string {
  return `${client}|${targetName(target)} ${model}`;
}

function keysOf(target: Target, requester: Requester): string[] {
  return [...sharedKeys(target, requester), ownKey(target, requester)];
}
