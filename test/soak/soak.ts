/**
 * Sends many requests through real workerd while both providers fail at random. Each request has
 * its own faults. The oracle checks three rules: if a provider could serve the request, the answer
 * is complete and from that provider; no request hangs; and a cut answer never looks complete. The
 * seed determines the whole run. `npm run soak` (`command.ts`) runs long soaks, `npm test` a short
 * one.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import fc from "fast-check";
import { type Fault, Faults } from "../../local/faults/faults.ts";
import { Sandbox } from "../../local/sandbox/index.ts";
import { asMb, CAN_MEASURE_MEMORY, memoryOfWorkerd } from "../support/memory.ts";
import { actHostile, HOSTILE_ACTS } from "./hostile.ts";
import { judge, observe, type Plan, PROVIDERS } from "./oracle.ts";

/**
 * Time limit of a target. It is short, so that a hang costs little time, but long enough for a busy
 * machine.
 */
const LIMIT_MS = 1_000;
/** Short times, so that circuits open and close often in a run. */
const BREAKER = { failures: 5, windowMs: 1_000, openMs: 1_000 };
/** How long a client waits after the chain's limit before it counts as a hang. */
const GRACE_MS = 2_000;
const CONCURRENCY = 16;
/**
 * workerd collects garbage late: even a Worker of three lines grows during its first tens of
 * thousands of requests.
 */
const WARM_UP_SHARE = 0.5;
/**
 * The limit of growth after the warm-up. A leak of 2 KB per request would be 100 MB in the second
 * half of a full run.
 */
const MAX_GROWTH_BYTES = 64_000_000;
const MIN_MEASURED_REQUESTS = 20_000;

/** Weights and faults. Undefined means that the provider works. */
const FAULTS: readonly [weight: number, fault: Fault | undefined][] = [
  [100, undefined],
  [10, { mode: "status", status: 529 }],
  [10, { mode: "status", status: 429, retryAfterS: 1 }],
  [6, { mode: "status", status: 500 }],
  [6, { mode: "status", status: 503 }],
  [3, { mode: "status", status: 401 }],
  [3, { mode: "status", status: 403 }],
  [3, { mode: "early_status", status: 529 }],
  [3, { mode: "cloudflare_error", status: 520 }],
  [3, { mode: "cloudflare_error", status: 524, format: "json" }],
  // An `account_limit` would keep Anthropic at the end of the chain for most of a run.
  [10, { mode: "reset" }],
  [5, { mode: "refused" }],
  [10, { mode: "error_event", type: "overloaded_error" }],
  [5, { mode: "error_after_block_start" }],
  [5, { mode: "error_body", type: "api_error" }],
  [10, { mode: "error_event_after_content", type: "overloaded_error" }],
  [3, { mode: "cut", at: "line" }],
  [3, { mode: "cut", at: "character" }],
  [3, { mode: "cut", at: "fields" }],
  [3, { mode: "cut", at: "cr" }],
  [3, { mode: "cut", at: "event" }],
  [5, { mode: "truncated" }],
  [3, { mode: "stop_without_data" }],
  [3, { mode: "missing_blank_line" }],
  [3, { mode: "bom" }],
  [3, { mode: "content_type" }],
  [3, { mode: "slow", intervalMs: 1 }],
  [3, { mode: "not_a_message", body: "detail" }],
  [3, { mode: "not_a_message", body: "google_error" }],
  [3, { mode: "empty" }],
  [3, { mode: "html" }],
  [3, { mode: "garbage" }],
  // Each of these costs a timeout.
  [2, { mode: "hang" }],
  [1, { mode: "no_content" }],
  [1, { mode: "silent" }],
  [1, { mode: "silent_after_content" }],
  [1, { mode: "open_after_stop" }],
  [1, { mode: "stalled_error", status: 529 }],
];
/** The share of a hostile client's acts in the same isolate. */
const HOSTILE_SHARE = { weight: 3, others: 97 };

export interface SoakOptions {
  requests: number;
  seed: number;
  /** The stack's routing. Default: universal. */
  routing?: string;
  /** A target's limit; longer on a busy machine. Default: 1,000. */
  limitMs?: number;
}

export interface SoakReport {
  outcomes: Readonly<Record<string, number>>;
  /** The complaints of the oracle, each with the plan of its request, and of workerd. */
  violations: readonly string[];
  /**
   * Growth of workerd after the warm-up. Undefined if it cannot be measured or the run is too
   * short.
   */
  growthBytes: number | undefined;
}

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { requests, seed, routing = "universal", limitMs = LIMIT_MS } = options;
  const timeouts = {
    bodyMs: 10 * limitMs,
    firstByteMs: limitMs,
    firstEventMs: 2 * limitMs,
    idleMs: 2 * limitMs,
    jsonMs: limitMs,
    chainMs: 12 * limitMs,
  };
  const plans = fc.sample(PLAN, { numRuns: requests, seed });
  const violations: string[] = [];
  const stack = await Sandbox.up({
    config: { routing, timeouts, breaker: BREAKER, clients: ["app", "hostile"] },
    onLine: (line) => {
      if (/uncaught|unexpected_error|fatal/i.test(line)) violations.push(`workerd: ${line}`);
    },
  });
  giveEachItsFaults(stack, plans);
  const outcomes: Record<string, number> = {};
  /** A short run says nothing about memory, so it has no warm-up. */
  const warmUp = requests < MIN_MEASURED_REQUESTS ? undefined : Math.floor(requests * WARM_UP_SHARE);
  let warm: number | undefined;
  let next = 0;
  const caller = async () => {
    for (let index = next++; index < plans.length; index = next++) {
      if (index === warmUp && CAN_MEASURE_MEMORY) warm = memoryOfWorkerd().residentBytes;
      const plan = plans[index] as Plan;
      if (plan.hostile) {
        await actHostile(stack, plan.hostile, index);
        outcomes.hostile = (outcomes.hostile ?? 0) + 1;
        continue;
      }
      const observed = await observe(stack, plan, index, timeouts.chainMs + GRACE_MS);
      const label =
        observed.kind === "message" || observed.kind === "cut"
          ? `${observed.kind} ${observed.provider}`
          : observed.kind;
      outcomes[label] = (outcomes[label] ?? 0) + 1;
      const violation = judge(plan, observed);
      if (violation) violations.push(`request ${index}: ${violation} ${JSON.stringify({ plan, observed })}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, caller));
    const growthBytes = warm === undefined ? undefined : memoryOfWorkerd().residentBytes - warm;
    if (growthBytes !== undefined && growthBytes > MAX_GROWTH_BYTES)
      violations.push(`workerd grew by ${asMb(growthBytes)}`);
    return { outcomes, violations, growthBytes };
  } finally {
    await stack.down();
  }
}

const FAULT = fc.oneof(...FAULTS.map(([weight, fault]) => ({ weight, arbitrary: fc.constant(fault) })));
const PLAN: fc.Arbitrary<Plan> = fc.record({
  stream: fc.boolean(),
  leaves: fc.oneof({ weight: 49, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  anthropic: FAULT,
  vertex: FAULT,
  hostile: fc.oneof(
    { weight: HOSTILE_SHARE.others, arbitrary: fc.constant(undefined) },
    { weight: HOSTILE_SHARE.weight, arbitrary: fc.constantFrom(...HOSTILE_ACTS) },
  ),
});

/**
 * The local cloud has one set of faults for all requests. Here each request, with all calls made
 * for it, gets its own.
 */
function giveEachItsFaults({ cloud }: Sandbox, plans: readonly Plan[]): void {
  const current = new AsyncLocalStorage<Faults>();
  Object.defineProperty(cloud.context, "faults", { get: () => current.getStore() });
  cloud.onExchange = ({ body }) => {
    const [, index] = /soak (\d+)/.exec(body.toString("latin1")) ?? [];
    const plan = plans[Number(index)];
    const faults = new Faults();
    for (const provider of PROVIDERS) if (plan?.[provider]) faults.set(provider, plan[provider]);
    current.enterWith(faults);
  };
}
