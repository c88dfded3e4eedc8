/**
 * The circuit breaker: a target that keeps failing is tried last for a while, never not at all. Per isolate, per target and
 * model (one model's outage demotes no other); a refused credential or bill is the target's for every model.
 */
import type { BreakerLimits } from "./bindings.ts";
import { type Target, targetName } from "./target.ts";

/** How many times its usual time a circuit may stay open because a target asks for it. */
const MAX_OPEN_FACTOR = 10;
/** A probe that has not come back by then was a request whose caller left. */
const PROBE_MS = 60_000;
const PER_TARGET_STATUSES = new Set([401, 402]);

type Circuit =
  | { state: "closed"; failures: number; sinceMs: number }
  | { state: "open"; untilMs: number }
  | { state: "half-open"; probeUntilMs: number };

export class Breaker {
  readonly #circuits = new Map<string, Circuit>();
  readonly #limits: BreakerLimits;

  constructor(limits: BreakerLimits) {
    this.#limits = limits;
  }

  /** Open targets last; the first request after an open time keeps the target in its place and is its probe. */
  order(targets: readonly Target[], model: string, nowMs: number): Target[] {
    const demoted = new Set(targets.filter((target) => this.#isDemoted(target, model, nowMs)));
    return [...targets.filter((target) => !demoted.has(target)), ...demoted];
  }

  isOpen(target: Target, model: string): boolean {
    return keysOf(target, model).some((key) => (this.#circuits.get(key)?.state ?? "closed") !== "closed");
  }

  /** Names of what is not closed, for the log. */
  openCircuits(): string[] {
    return [...this.#circuits]
      .filter(([, { state }]) => state !== "closed")
      .map(([key, { state }]) => `${key}=${state}`);
  }

  succeeded(target: Target, model: string): void {
    for (const key of keysOf(target, model)) this.#circuits.delete(key);
  }

  /** @param retryAfterMs what the target asked for; 0: nothing. */
  failed(target: Target, model: string, status: number, retryAfterMs: number, nowMs: number): void {
    const [perTarget, perModel] = keysOf(target, model);
    const key = PER_TARGET_STATUSES.has(status) ? perTarget : perModel;
    const circuit = this.#circuits.get(key);
    const limits = this.#limits;
    const open = () => {
      const openMs = Math.min(Math.max(limits.openMs, retryAfterMs), limits.openMs * MAX_OPEN_FACTOR);
      this.#circuits.set(key, { state: "open", untilMs: nowMs + openMs });
    };
    if (circuit?.state === "half-open") return open();
    if (circuit?.state === "open") return;
    const isRecent = circuit !== undefined && nowMs - circuit.sinceMs < limits.windowMs;
    const failures = isRecent ? circuit.failures + 1 : 1;
    if (failures >= limits.failures) return open();
    this.#circuits.set(key, { state: "closed", failures, sinceMs: isRecent ? circuit.sinceMs : nowMs });
  }

  #isDemoted(target: Target, model: string, nowMs: number): boolean {
    for (const key of keysOf(target, model)) {
      const circuit = this.#circuits.get(key);
      if (!circuit || circuit.state === "closed") continue;
      const untilMs = circuit.state === "open" ? circuit.untilMs : circuit.probeUntilMs;
      if (nowMs < untilMs) return true;
      this.#circuits.set(key, { state: "half-open", probeUntilMs: nowMs + PROBE_MS });
    }
    return false;
  }
}

function keysOf(target: Target, model: string): [perTarget: string, perModel: string] {
  const name = targetName(target);
  return [name, `${name} ${model}`];
}
