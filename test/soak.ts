/**
 * Many requests through real workerd while both sides fail at random, each request with faults of its own. The oracle: where a
 * side could have served, the answer is whole and from that side; nothing hangs, nothing that is cut looks whole. Everything
 * follows from the seed. `npm run soak -- --requests N --seed S`; in `npm test` a short one.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { parseArgs } from "node:util";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { type Fault, Faults } from "../local/faults.ts";
import { LocalStack } from "../local/stack.ts";
import { asMb, CAN_MEASURE_MEMORY, memoryOfWorkerd } from "./memory.ts";

/** Of one target: short, so that a hang costs little; longer than a busy machine takes for an answer. */
const LIMIT_MS = 1_000;
/** Opens and closes many times in a run. */
const BREAKER = { failures: 5, windowMs: 1_000, openMs: 1_000 };
/** Behind the chain's own limit nobody has to wait much longer. */
const GRACE_MS = 2_000;
const CONCURRENCY = 16;
/** workerd collects late: a Worker of three lines grows by as much in its first tens of thousands of requests. */
const WARM_UP_SHARE = 0.5;
/** From there to the end. A leak of 2 KB a request would be 100 MB in the second half of a whole run. */
const MAX_GROWTH_BYTES = 64_000_000;
const MIN_MEASURED_REQUESTS = 20_000;
const MAX_TOKENS = 16;

const SIDES = ["anthropic", "vertex"] as const;
type Side = (typeof SIDES)[number];

/** How often → the fault; undefined: the side is well. */
const FAULTS: readonly [weight: number, fault: Fault | undefined][] = [
  [100, undefined],
  [10, { mode: "status", status: 529 }],
  [10, { mode: "status", status: 429, retryAfterS: 1 }],
  [6, { mode: "status", status: 500 }],
  [6, { mode: "status", status: 503 }],
  [3, { mode: "status", status: 401 }],
  [3, { mode: "status", status: 403 }],
  [10, { mode: "reset" }],
  [5, { mode: "refused" }],
  [10, { mode: "error_event", type: "overloaded_error" }],
  [5, { mode: "error_body", type: "api_error" }],
  [10, { mode: "error_event_after_content", type: "overloaded_error" }],
  [10, { mode: "cut" }],
  [5, { mode: "truncated" }],
  [3, { mode: "empty" }],
  [3, { mode: "html" }],
  [3, { mode: "garbage" }],
  // Each of these costs a time-out.
  [2, { mode: "hang" }],
  [1, { mode: "no_content" }],
  [1, { mode: "silent" }],
];
/** In a stream these come behind the first content, when nothing can be retried any more. */
const BREAKS_AFTER_CONTENT: ReadonlySet<string | undefined> = new Set([
  "cut",
  "truncated",
  "error_event_after_content",
] satisfies Fault["mode"][]);

interface Plan {
  stream: boolean;
  /** The caller reads the headers and goes. */
  leaves: boolean;
  anthropic: Fault | undefined;
  vertex: Fault | undefined;
}

type Observed =
  | { kind: "message"; side: Side }
  /** A stream that ended with an `error` event. */
  | { kind: "cut"; side: Side; tried: string }
  | { kind: "error"; status: number }
  | { kind: "left" }
  | { kind: "impossible"; why: string };

export interface SoakOptions {
  requests: number;
  seed: number;
  /** Of the stack's config. */
  routing?: string;
  /** Of one target; longer where the machine does other things too. Default: 1,000. */
  limitMs?: number;
}

export interface SoakReport {
  outcomes: Readonly<Record<string, number>>;
  /** What the oracle or workerd complained of, each with the plan of its request. */
  violations: readonly string[];
  /** Of workerd from the end of the warm-up on; undefined where it cannot be measured or nothing came after it. */
  growthBytes: number | undefined;
}

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { requests, seed, routing = "universal", limitMs = LIMIT_MS } = options;
  const timeouts = { firstByteMs: limitMs, firstEventMs: 2 * limitMs, jsonMs: limitMs, chainMs: 12 * limitMs };
  const plans = fc.sample(PLAN, { numRuns: requests, seed });
  const violations: string[] = [];
  const stack = await LocalStack.up({
    config: { routing, timeouts, breaker: BREAKER },
    onLine: (line) => {
      if (/uncaught|unexpected_error|fatal/i.test(line)) violations.push(`workerd: ${line}`);
    },
  });
  giveEachItsFaults(stack, plans);
  const outcomes: Record<string, number> = {};
  /** Too few requests say nothing about memory. */
  const warmUp = requests < MIN_MEASURED_REQUESTS ? undefined : Math.floor(requests * WARM_UP_SHARE);
  let warm: number | undefined;
  let next = 0;
  const caller = async () => {
    for (let index = next++; index < plans.length; index = next++) {
      if (index === warmUp && CAN_MEASURE_MEMORY) warm = memoryOfWorkerd().residentBytes;
      const plan = plans[index] as Plan;
      const observed = await observe(stack, plan, index, timeouts.chainMs + GRACE_MS);
      const label =
        observed.kind === "message" || observed.kind === "cut" ? `${observed.kind} ${observed.side}` : observed.kind;
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
});

/** The cloud has one set of faults for all; here each request, and all that is done for it, meets its own. */
function giveEachItsFaults({ cloud }: LocalStack, plans: readonly Plan[]): void {
  const current = new AsyncLocalStorage<Faults>();
  Object.defineProperty(cloud.context, "faults", { get: () => current.getStore() });
  cloud.onExchange = ({ body }) => {
    const [, index] = /soak (\d+)/.exec(body.toString("latin1")) ?? [];
    const plan = plans[Number(index)];
    const faults = new Faults();
    for (const side of SIDES) if (plan?.[side]) faults.set(side, plan[side]);
    current.enterWith(faults);
  };
}

async function observe(
  { runtime, outputs }: LocalStack,
  { stream, leaves }: Plan,
  index: number,
  deadlineMs: number,
): Promise<Observed> {
  const [token = ""] = Object.values(outputs.clientTokens);
  const content = `soak ${index}`;
  try {
    const response = await fetch(`${runtime.url}/v1/messages`, {
      method: "POST",
      signal: AbortSignal.timeout(deadlineMs),
      headers: { "x-api-key": token, "anthropic-version": "2023-06-01", "content-type": "application/json" },
      body: JSON.stringify({
        model: "claude-sonnet-4-6",
        max_tokens: MAX_TOKENS,
        stream,
        messages: [{ role: "user", content }],
      }),
    });
    if (leaves) {
      await response.body?.cancel();
      return { kind: "left" };
    }
    const text = await response.text();
    if (!response.ok) return observeError(response.status, text);
    return stream ? observeStream(response, text) : observeMessage(response, JSON.parse(text));
  } catch (error) {
    return { kind: "impossible", why: String(error) };
  }
}

function observeError(status: number, text: string): Observed {
  const { type, error } = JSON.parse(text);
  if (type !== "error" || typeof error?.message !== "string") return { kind: "impossible", why: text };
  return { kind: "error", status };
}

interface Message {
  id: string;
  stop_reason: string | null;
  usage: { output_tokens: number };
}

function observeMessage(response: Response, { id, stop_reason, usage }: Message): Observed {
  const side: Side = id.startsWith("msg_vrtx_") ? "vertex" : "anthropic";
  const told = response.headers.get("x-failover-target")?.split("/")[0];
  if (told !== side) return { kind: "impossible", why: `${id} under x-failover-target: ${told}` };
  if (stop_reason !== "max_tokens" || usage.output_tokens !== MAX_TOKENS)
    return { kind: "impossible", why: `${id} is not whole` };
  return { kind: "message", side };
}

function observeStream(response: Response, text: string): Observed {
  const events: { type: string; [member: string]: unknown }[] = [];
  createParser({ onEvent: ({ data }) => events.push(JSON.parse(data)) }).feed(text);
  const last = events.at(-1)?.type;
  if (last === "error") {
    const side = response.headers.get("x-failover-target")?.startsWith("vertex") ? "vertex" : "anthropic";
    return { kind: "cut", side, tried: response.headers.get("x-failover-attempts") ?? "" };
  }
  if (last !== "message_stop") return { kind: "impossible", why: `the stream ends with ${last}` };
  const start = events.find(({ type }) => type === "message_start") as { message: Message } | undefined;
  const deltas = events.filter(({ type }) => type === "content_block_delta");
  if (!start || deltas.length !== MAX_TOKENS) return { kind: "impossible", why: `${deltas.length} deltas` };
  return observeMessage(response, {
    ...start.message,
    stop_reason: "max_tokens",
    usage: { output_tokens: deltas.length },
  });
}

/** @returns what is wrong with that answer to that request. */
function judge(plan: Plan, observed: Observed): string | undefined {
  const someSideIsWell = SIDES.some((side) => plan[side] === undefined);
  switch (observed.kind) {
    case "left":
      return undefined;
    case "impossible":
      return observed.why;
    case "message":
      return plan[observed.side] ? "a side answered that had failed" : undefined;
    case "error":
      if ([401, 402, 403].includes(observed.status)) return "the caller is blamed for a credential of ours";
      return someSideIsWell ? "an error, though a side was well" : undefined;
    case "cut": {
      const { side, tried } = observed;
      if (!plan.stream || !BREAKS_AFTER_CONTENT.has(plan[side]?.mode)) return "a cut that no side made";
      // With Anthropic's circuit open Vertex is asked first.
      const skippedAWellOne = side === "vertex" && !plan.anthropic && tried.includes("anthropic");
      return skippedAWellOne ? "cut by Vertex, though Anthropic was well" : undefined;
    }
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      requests: { type: "string", default: "100000" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      routing: { type: "string", default: "universal" },
    },
  });
  const again = `--requests ${values.requests} --seed ${values.seed} --routing ${values.routing}`;
  console.log(again);
  const startedMs = Date.now();
  const { outcomes, violations, growthBytes } = await soak({
    requests: Number(values.requests),
    seed: Number(values.seed),
    routing: values.routing,
  });
  console.log(`${Math.round((Date.now() - startedMs) / 1_000)} s`, outcomes);
  if (growthBytes !== undefined) console.log(`workerd grew by ${asMb(growthBytes)} after its warm-up`);
  for (const violation of violations.slice(0, 20)) console.error(violation);
  console.log(`${violations.length} violations${violations.length > 0 ? `; again with ${again}` : ""}`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
