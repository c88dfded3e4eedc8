/**
 * Isolates of one location, in workerd. What one isolate has seen opens the circuit of another one
 * after one failure. The Worker answers as before if the binding is absent, throws, or never answers.
 */
import { afterEach, describe, expect, it } from "vitest";
import { Sandbox } from "../../local/sandbox/index.ts";
import { type Counter, type Isolates, startIsolates } from "../support/isolates.ts";
import { ONE_LOCATION, QUESTION } from "../support/sandbox.ts";

const THROWS = `import { WorkerEntrypoint } from "cloudflare:workers";
export class Counter extends WorkerEntrypoint {
  limit() { throw new Error("the counter is broken"); }
}
export default {};`;
const HANGS = `import { WorkerEntrypoint } from "cloudflare:workers";
export class Counter extends WorkerEntrypoint {
  limit() { return scheduler.wait(600_000); }
}
export default {};`;
const DIRECT = { routing: "direct" };
/** Miniflare's counters begin again every ten seconds. */
const PERIOD_MS = 10_000;
const FAILED_OVER = "anthropic=529;vertex/us-east5=200";
const ANTHROPIC_LAST = "anthropic=open;vertex/us-east5=200";

let stack: Sandbox;
let isolates: Isolates;
afterEach(stop);

async function stop(): Promise<void> {
  await isolates.stop();
  await stack.down();
}

async function start(config: object, ...counters: ("real" | Counter)[]): Promise<void> {
  stack = await Sandbox.up({ config: { ...ONE_LOCATION, ...config } });
  isolates = await startIsolates(stack, counters);
}

function overload(): void {
  stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
}

/** @returns how the requests went, one after the other */
async function ask(
  isolate: number,
  times: number,
  { client = "default", model = QUESTION.model } = {},
): Promise<(string | null)[]> {
  const seen: (string | null)[] = [];
  for (let index = 0; index < times; index++) {
    const response = await fetch(`${isolates.urls[isolate]}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": stack.outputs.clientTokens[client] ?? "", "anthropic-version": "2023-06-01" },
      body: JSON.stringify({ ...QUESTION, model }),
    });
    await response.text();
    seen.push(response.headers.get("x-failover-attempts"));
  }
  return seen;
}

/** Repeats what has fallen into two periods of the counters, because neither has all failures. */
async function inOnePeriod<Result>(scenario: () => Promise<Result>): Promise<Result> {
  for (let attempts = 0; attempts < 5; attempts++) {
    const period = () => Math.floor(Date.now() / PERIOD_MS);
    const before = period();
    const result = await scenario();
    if (period() === before) return result;
    await stop();
  }
  throw new Error("the machine is too busy: five attempts took longer than a period");
}

const fiveTimes = Array.from({ length: 5 }, () => FAILED_OVER);

it("the second isolate opens its circuit after one failure, once the first has seen five", async () => {
  const [first, second] = await inOnePeriod(async () => {
    await start(DIRECT, "real", "real");
    overload();
    return [await ask(0, 6), await ask(1, 2)];
  });

  expect(first).toEqual([...fiveTimes, ANTHROPIC_LAST]);
  expect(second).toEqual([FAILED_OVER, ANTHROPIC_LAST]);
  const log = isolates.lines.filter((line) => line.includes('"open_circuits":["anthropic'));
  expect(log.at(-1)).toContain('"anthropic claude-sonnet-4-6 by neighbours"');
});

describe.each<[string, Counter]>([
  ["is taken away", undefined],
  ["throws", THROWS],
  ["never answers", HANGS],
])("if the binding %s", (_what, counter) => {
  it("the second isolate opens its circuit after five failures, and no request waits", async () => {
    await start(DIRECT, "real", counter);
    overload();
    await ask(0, 5);

    const began = performance.now();
    const second = await ask(1, 6);

    expect(second).toEqual([...fiveTimes, ANTHROPIC_LAST]);
    // Each wait for the binding would take a second.
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

it("an isolate that has just had an answer counts its own failures", async () => {
  await start(DIRECT, "real", "real");
  await ask(1, 1);
  overload();
  await ask(0, 5);

  expect(await ask(1, 6)).toEqual([...fiveTimes, ANTHROPIC_LAST]);
});

it("failures of one model say nothing about another", async () => {
  await start(DIRECT, "real", "real");
  overload();
  await ask(0, 5);

  expect(await ask(1, 2, { model: "claude-opus-4-6" })).toEqual([FAILED_OVER, FAILED_OVER]);
});

it("failures that a caller may have caused are not counted", async () => {
  await start(DIRECT, "real", "real");
  stack.cloud.context.faults.set("anthropic", { mode: "status", status: 403 });
  await ask(0, 10);
  overload();

  expect(await ask(1, 2)).toEqual([FAILED_OVER, FAILED_OVER]);
});

it("in `universal` routing a client learns what clients of another isolate have seen", async () => {
  const clients = ["a", "b", "c", "d", "e"];

  const [known, first] = await inOnePeriod(async () => {
    await start({ clients, routing: "universal" }, "real", "real");
    overload();
    for (const client of clients) await ask(0, 3, { client });
    return [await ask(1, 3, { client: "a" }), await ask(1, 1, { client: "b" })];
  });

  // The first of these statuses that is known is the isolate's own failure.
  expect(known).toContain(FAILED_OVER);
  expect(first).toEqual([ANTHROPIC_LAST]);
});
