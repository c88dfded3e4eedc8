/**
 * The settings of a stack that the Worker acts on. `infra/worker/bindings.ts` writes them into the
 * binding `OPTIONS`.
 */
import { isText } from "./is-text.ts";

/**
 * `universal`: one call, the gateway walks the chain. `direct`: the Worker walks it, one
 * provider-native gateway call a target. `bypass`: as `direct`, at the providers' own hosts, for
 * when the gateway itself is down.
 */
export type Routing = "universal" | "direct" | "bypass";

/** How long the Worker waits, in milliseconds. */
export interface Timeouts {
  /** A request's whole body. */
  bodyMs: number;
  /** Of a streamed request: to the first byte of one target's answer. */
  firstByteMs: number;
  /** Of a streamed request: to the first content; pings do not reset it. */
  firstEventMs: number;
  /** Of a streamed answer after its first content: the longest silence; a ping breaks it. */
  idleMs: number;
  /** Of a request that is not streamed: one target's whole answer. */
  jsonMs: number;
  /**
   * All targets together, to the first content of a stream or the whole of any other answer.
   * The SDKs give up at 600,000.
   */
  chainMs: number;
}

/** When a target is tried last. */
export interface BreakerLimits {
  /** Consecutive failures that open the circuit. */
  failures: number;
  /** All of them within this time. */
  windowMs: number;
  /**
   * Then one request probes the target. It may ask for more by `retry-after`, up to ten times as
   * much.
   */
  openMs: number;
}

export interface Options {
  routing: Routing;
  /**
   * A target's name, such as `vertex/us-east5`, that is tried first whatever the breaker says;
   * null: none.
   */
  force: string | null;
  /** Whether the gateway's log keeps prompts and answers. */
  logPayloads: boolean;
  timeouts: Timeouts;
  breaker: BreakerLimits;
  /** Origins that browsers may call from; empty: no CORS headers at all. */
  corsOrigins: readonly string[];
  /** Additions and corrections to the table of models, by Anthropic's id. */
  models: Readonly<Record<string, { vertexId: string; locations: readonly string[] }>>;
}

export function isOptions({ routing, force, logPayloads, timeouts, breaker, corsOrigins, models }: Options): boolean {
  const { bodyMs, firstByteMs, firstEventMs, idleMs, jsonMs, chainMs } = timeouts;
  return (
    ["universal", "direct", "bypass"].includes(routing) &&
    (force === null || isText(force)) &&
    typeof logPayloads === "boolean" &&
    [bodyMs, firstByteMs, firstEventMs, idleMs, jsonMs, chainMs].every((ms) => ms > 0) &&
    [breaker.failures, breaker.windowMs, breaker.openMs].every((limit) => limit > 0) &&
    corsOrigins.every(isText) &&
    Object.values(models).every(({ vertexId, locations }) => isText(vertexId) && locations.every(isText))
  );
}
