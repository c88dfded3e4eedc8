/**
 * Simulates an outage of the first target, as many isolates with the Worker's real circuit breaker
 * see it. Nothing else of the Worker takes part, and the clock is virtual.
 *
 * The assumptions: each isolate has one client and one model, and its requests arrive by chance at a
 * steady rate. The routing is `direct`, so each status is known. A failure takes 0.2 s. An answer
 * begins after 1 s and is whole after 5 s. Outside of the outage a request fails by chance (noise).
 * The second target answers always. No isolate ends.
 */
import { CircuitBreaker, type Requester } from "../../worker/failover/circuit-breaker.ts";
import { failureCounter } from "../../worker/failover/failure-counter.ts";
import { QUIET_MS } from "../../worker/failover/neighbours.ts";
import { ANTHROPIC } from "../../worker/targets/target.ts";
import { LocationCounter } from "./location-counter.ts";
import { Random } from "./random.ts";
import { Timeline } from "./timeline.ts";

const LIMITS = { failures: 5, windowMs: 30_000, openMs: 30_000 };
const COUNTER = failureCounter(LIMITS) ?? { limit: 4, period: 10 };
export const CALM_MS = 120_000;
export const OUTAGE_MS = 180_000;
/** The slowest isolates send a request in this time with a probability of 99 %. */
const AFTER_MS = 300_000;
/** Faster isolates need less. */
const AFTER_FAST_MS = 120_000;
const FAILURE_MS = 200;
const BEGIN_MS = 1_000;
const WHOLE_MS = 5_000;

export interface World {
  seed: number;
  locations: number;
  isolatesPerLocation: number;
  requestsPerSecond: number;
  /** How many of 1 requests fail outside of the outage. */
  noise: number;
  /**
   * Whether the isolates of a location count failures together. With `without rule` an isolate believes
   * its neighbours even if the target has just answered it.
   */
  neighbours: "off" | "on" | "without rule";
}

export interface Figures {
  /** Requests in the outage that asked the failing target first, for each isolate. */
  slowed: number;
  /** Requests that asked the target as the probe of an open circuit, for each isolate. */
  probes: number;
  /** Share of the requests before the outage that went to the second target without a reason. */
  movedInCalm: number;
  /** Requests after the outage that still went to the second target, for each isolate. */
  movedAfter: number;
  /** Time until 99 % of the isolates had an open circuit. Infinite if they never had. */
  openedMs: number;
  /** Time from the end of the outage until 99 % of the open circuits were closed. */
  closedMs: number;
}

interface Isolate {
  breaker: CircuitBreaker;
  /** The first moment of the outage with an open circuit. */
  openedMs?: number;
  /** Whether the circuit was open at the end of the outage. */
  wasOpen?: boolean;
  closedMs?: number;
}

type Event =
  | { kind: "arrives"; isolate: Isolate }
  | { kind: "fails" | "begins" | "ends"; isolate: Isolate; requester: Requester };

export function simulate(world: World): Figures {
  const random = new Random(world.seed);
  const sums = { slowed: 0, probes: 0, calm: 0, movedInCalm: 0, movedAfter: 0 };
  const isolates: Isolate[] = [];
  for (let index = 0; index < world.locations; index++) {
    const location = Array.from({ length: world.isolatesPerLocation }, () => ({ breaker: new CircuitBreaker(LIMITS) }));
    runLocation(location, world, random, sums);
    isolates.push(...location);
  }
  return {
    slowed: sums.slowed / isolates.length,
    probes: sums.probes / isolates.length,
    movedInCalm: sums.movedInCalm / sums.calm,
    movedAfter: sums.movedAfter / isolates.length,
    openedMs: percentile99(isolates.map(({ openedMs = Number.POSITIVE_INFINITY }) => openedMs)),
    closedMs: percentile99(
      isolates.flatMap(({ wasOpen, closedMs = Number.POSITIVE_INFINITY }) => (wasOpen ? [closedMs] : [])),
    ),
  };
}

type Sums = Record<Exclude<keyof Figures, "openedMs" | "closedMs"> | "calm", number>;

function runLocation(isolates: readonly Isolate[], world: World, random: Random, sums: Sums): void {
  const counter = world.neighbours === "off" ? undefined : new LocationCounter(COUNTER);
  const quietMs = world.neighbours === "without rule" ? 0 : QUIET_MS;
  const timeline = new Timeline<Event>(
    CALM_MS + OUTAGE_MS + (world.requestsPerSecond < 0.1 ? AFTER_MS : AFTER_FAST_MS),
  );
  const arriveNext = (isolate: Isolate, nowMs: number) =>
    timeline.at(nowMs + random.waitMs(world.requestsPerSecond), { kind: "arrives", isolate });
  for (const isolate of isolates) arriveNext(isolate, 0);

  timeline.run((event, nowMs) => {
    const { isolate } = event;
    const { breaker } = isolate;
    const phase = phaseOf(nowMs);
    switch (event.kind) {
      case "arrives": {
        arriveNext(isolate, nowMs);
        const requester = { client: "client", model: "model" };
        const hasOpenCircuit = breaker.mustBeSeen(ANTHROPIC, requester, nowMs);
        if (phase === "calm") sums.calm++;
        if (phase === "outage" && hasOpenCircuit) isolate.openedMs ??= nowMs - CALM_MS;
        if (phase === "after") isolate.wasOpen ??= hasOpenCircuit;
        if (breaker.isOpen(ANTHROPIC, requester, nowMs)) {
          if (phase === "calm") sums.movedInCalm++;
          if (phase === "after") sums.movedAfter++;
          return;
        }
        if (hasOpenCircuit) sums.probes++;
        if (phase === "outage") sums.slowed++;
        if (phase === "outage" || random.next() < world.noise) {
          timeline.at(nowMs + FAILURE_MS, { kind: "fails", isolate, requester });
        } else {
          timeline.at(nowMs + BEGIN_MS, { kind: "begins", isolate, requester });
          timeline.at(nowMs + WHOLE_MS, { kind: "ends", isolate, requester });
        }
        return;
      }
      case "fails": {
        const report = { blame: "target", status: 529, retryAfterMs: 0 } as const;
        const shared = breaker.failed(ANTHROPIC, event.requester, report, nowMs);
        if (shared !== undefined && counter?.isFull(nowMs))
          breaker.openByNeighbours(shared, { retryAfterMs: 0, quietMs }, nowMs);
        return;
      }
      case "begins":
      case "ends":
        breaker.answered(ANTHROPIC, event.requester, event.kind === "begins" ? "begun" : "whole", nowMs);
        if (phase === "after") isolate.closedMs ??= nowMs - CALM_MS - OUTAGE_MS;
    }
  });
}

function phaseOf(nowMs: number): "calm" | "outage" | "after" {
  if (nowMs < CALM_MS) return "calm";
  return nowMs < CALM_MS + OUTAGE_MS ? "outage" : "after";
}

/** @returns the smallest value that 99 % of the values do not exceed; 0 if there are none */
function percentile99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0;
}
