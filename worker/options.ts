/**
 * The settings of a stack that the Worker uses. `infra/worker/bindings.ts` writes them into the
 * binding `OPTIONS`.
 */
import { isText } from "./is-text.ts";
import type { Provider } from "./targets/target.ts";

/**
 * With `universal`, the Worker sends one call and the gateway walks the chain. With `direct`, the
 * Worker walks the chain and sends one gateway call for each target. With `bypass`, the Worker
 * walks the chain and calls the providers directly, for times when the gateway is down.
 */
export type Routing = "universal" | "direct" | "bypass";

/** Time limits in milliseconds. */
export interface Timeouts {
  /** Time limit for reading the whole body of a request. */
  bodyMs: number;
  /** Time limit for the first byte of one target's answer to a streamed request. */
  firstByteMs: number;
  /**
   * Time limit for the first content of one target's answer to a streamed request. Pings do not
   * reset it.
   */
  firstEventMs: number;
  /** Time limit for silence in a stream after its first content. A ping also ends a silence. */
  idleMs: number;
  /** Time limit for one target's whole answer to a request without streaming. */
  jsonMs: number;
  /**
   * Time limit for all targets together. It ends with the first content of a stream, or with the
   * end of any other answer. The SDKs give up after 600,000 ms.
   */
  chainMs: number;
}

/** Limits of the circuit breaker, which moves a target to the end of the chain. */
export interface BreakerLimits {
  /** Number of consecutive failures that open the circuit. */
  failures: number;
  /** Time within which these failures must happen, in milliseconds. */
  windowMs: number;
  /**
   * How long the circuit stays open, in milliseconds. After this time one request probes the
   * target. With `retry-after` a target can extend the time up to tenfold.
   */
  openMs: number;
}

/**
 * What keeps a conversation on the target that served its last turn. With `full`, that is the body
 * and the isolate's memory. With `stateless`, it is the body alone. With `off`, it is nothing.
 */
export type StickinessMode = "full" | "stateless" | "off";

export interface Stickiness {
  mode: StickinessMode;
  /**
   * How long an isolate remembers who served a turn, in milliseconds. For a conversation whose
   * prompt cache lives for an hour it is an hour.
   */
  maxAgeMs: number;
  /** Whether Vertex gets a hash of the caller's session, which keeps a conversation on one server. */
  vertexSession: boolean;
}

export interface Options {
  routing: Routing;
  /**
   * Name of the target that is always tried first, even while its circuit is open, such as
   * `vertex/us-east5`. Null if no target is forced.
   */
  force: string | null;
  /** Whether the gateway's log contains prompts and answers. */
  logPayloads: boolean;
  timeouts: Timeouts;
  breaker: BreakerLimits;
  stickiness: Stickiness;
  /** Origins from which browsers may call. If the list is empty, no response has CORS headers. */
  corsOrigins: readonly string[];
  /** Additions and corrections to the table of models. The keys are Anthropic's ids. */
  models: Readonly<Record<string, { vertexId: string; locations: readonly string[]; bedrockId?: string | undefined }>>;
  /** The region of Amazon Bedrock. Null if Bedrock is not used. */
  bedrock: { region: string } | null;
  /** The order of the providers. It has each provider that is used, once. */
  chain: readonly Provider[];
}

export function isOptions(options: Options): boolean {
  const { routing, force, logPayloads, timeouts, breaker, stickiness, corsOrigins, models, bedrock, chain } = options;
  const { bodyMs, firstByteMs, firstEventMs, idleMs, jsonMs, chainMs } = timeouts;
  return (
    ["universal", "direct", "bypass"].includes(routing) &&
    (force === null || isText(force)) &&
    typeof logPayloads === "boolean" &&
    [bodyMs, firstByteMs, firstEventMs, idleMs, jsonMs, chainMs].every((ms) => ms > 0) &&
    [breaker.failures, breaker.windowMs, breaker.openMs].every((limit) => limit > 0) &&
    ["full", "stateless", "off"].includes(stickiness.mode) &&
    stickiness.maxAgeMs > 0 &&
    typeof stickiness.vertexSession === "boolean" &&
    corsOrigins.every(isText) &&
    Object.values(models).every(({ vertexId, locations }) => isText(vertexId) && locations.every(isText)) &&
    (bedrock === null || isText(bedrock.region)) &&
    chain.toSorted().join() === (bedrock ? "anthropic,bedrock,vertex" : "anthropic,vertex")
  );
}
