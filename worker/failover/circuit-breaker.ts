/**
 * The circuit breaker: a target that keeps failing is moved to the end of the chain for a while,
 * never skipped.
 *
 * There are two kinds of circuits. A shared one, for each target and model (a refused credential or
 * bill: for each target), counts only failures that no caller can cause. A client's own one, for
 * each client, target and model, counts every failure that this client has met. So no client can
 * move another client's targets.
 *
 * The Universal Endpoint hides the status of every step but the last. A target whose part is
 * unknown is a suspect: this client's next request asks it in a way that shows its status, and a
 * failure then counts fivefold in the client's own circuit: with the default limits one look opens
 * it.
 *
 * All keys come from the configuration and the table of models, so callers cannot grow these maps.
 */
import type { BreakerLimits } from "../options.ts";
import type { Blame } from "../response/blame.ts";
import { type Target, targetName } from "../targets/target.ts";

/** How many times its usual time a circuit may stay open because a target asks for it. */
const MAX_OPEN_FACTOR = 10;
/** A probe that has not come back by then is given up. */
const PROBE_MS = 60_000;
/**
 * A hidden failure and the one that confirms it are more than two: the default limit is reached by
 * one look.
 */
const CONFIRMED_FAILURES = 5;
/** A refused credential or bill is the target's for every model. */
const PER_TARGET_STATUSES = new Set([401, 402]);

interface Circuit {
  failures: number;
  /** When the first of these failures was. */
  sinceMs: number;
  /** Undefined: closed. */
  openUntilMs?: number;
  /** By client. Each client has its own probe, so none can hold back another's. */
  probes: Map<string, Probe>;
}

interface Probe {
  /** Only the request that is the probe can give it back. */
  requester: Requester;
  /** How long it is waited for. */
  untilMs: number;
}

export interface FailureReport {
  blame: Blame;
  status: number;
  /** What the target asked for; 0: nothing. */
  retryAfterMs: number;
}

/** Whose request it is, and for which model: one object for each request. */
export interface Requester {
  client: string;
  /** A name from the table; `unknown` for any other. */
  model: string;
}

export class CircuitBreaker {
  readonly #limits: BreakerLimits;
  readonly #circuits = new Map<string, Circuit>();
  /** By own key: until when the target's part is unknown. */
  readonly #suspects = new Map<string, number>();

  constructor(limits: BreakerLimits) {
    this.#limits = limits;
  }

  /**
   * Whether a circuit is open for this requester. The first request after the open time is let
   * through: it is the probe.
   */
  isOpen(target: Target, requester: Requester, nowMs: number): boolean {
    return keysOf(target, requester).some((key) => this.#isOpen(key, requester, nowMs));
  }

  /**
   * Whether the target's next status must be known: the target is a suspect, or one of its circuits
   * is open or being probed.
   */
  mustBeSeen(target: Target, requester: Requester, nowMs: number): boolean {
    const isOpen = keysOf(target, requester).some((key) => this.#circuits.get(key)?.openUntilMs !== undefined);
    return isOpen || (this.#suspects.get(ownKey(target, requester)) ?? 0) > nowMs;
  }

  /**
   * The target has answered. A stream that has only begun closes an open circuit, and the next
   * failure opens it again.
   */
  answered(target: Target, requester: Requester, how: "begun" | "whole", nowMs: number): void {
    this.#suspects.delete(ownKey(target, requester));
    for (const key of keysOf(target, requester)) {
      const circuit = this.#circuits.get(key);
      if (how === "whole") this.#circuits.delete(key);
      else if (circuit?.openUntilMs !== undefined) {
        const failures = this.#limits.failures - 1;
        this.#circuits.set(key, { failures, sinceMs: nowMs, probes: new Map() });
      }
    }
  }

  failed(target: Target, requester: Requester, report: FailureReport, nowMs: number): void {
    if (report.blame === "nobody") return this.releaseProbe(target, requester);
    const own = ownKey(target, requester);
    const wasSuspect = this.#suspects.delete(own);
    this.#count(own, report.retryAfterMs, nowMs, wasSuspect ? CONFIRMED_FAILURES : 1);
    if (report.blame === "target") {
      const [perTarget, perModel] = sharedKeys(target, requester);
      const key = PER_TARGET_STATUSES.has(report.status) ? perTarget : perModel;
      this.#count(key, report.retryAfterMs, nowMs, 1);
    }
    this.releaseProbe(target, requester);
  }

  /** The target was asked, and the gateway hides how it failed. */
  hidden(target: Target, requester: Requester, nowMs: number): void {
    this.#suspects.set(ownKey(target, requester), nowMs + this.#limits.windowMs);
  }

  /** If this request is the target's probe, it is not any more: the client's next one is. */
  releaseProbe(target: Target, requester: Requester): void {
    for (const key of keysOf(target, requester)) {
      const probes = this.#circuits.get(key)?.probes;
      if (probes?.get(requester.client)?.requester === requester) probes.delete(requester.client);
    }
  }

  /** Names of what is open, for the log; other clients' own circuits are left out. */
  openCircuits({ client }: Requester): string[] {
    return [...this.#circuits]
      .filter(
        ([key, { openUntilMs }]) => openUntilMs !== undefined && (!key.includes("|") || key.startsWith(`${client}|`)),
      )
      .map(([key]) => key);
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
      // A failure that began before the circuit opened changes nothing; a probe's opens it anew.
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

function sharedKeys(target: Target, { model }: Requester): [perTarget: string, perModel: string] {
  const name = targetName(target);
  return [name, `${name} ${model}`];
}

function ownKey(target: Target, { client, model }: Requester): string {
  return `${client}|${targetName(target)} ${model}`;
}

function keysOf(target: Target, requester: Requester): string[] {
  return [...sharedKeys(target, requester), ownKey(target, requester)];
}
