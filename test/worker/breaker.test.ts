/**
 * The circuit breaker end to end. A target that keeps failing moves to the end of the chain. The
 * failures of one model or one client do not move it for others.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Sandbox } from "../../local/sandbox/index.ts";
import { post, QUESTION, useSandbox } from "../support/sandbox.ts";

let stack: Sandbox;
beforeEach(async () => {
  stack = await Sandbox.up({
    config: {
      routing: "direct",
      vertexLocations: ["us-east5", "us"],
      breaker: { failures: 3 },
      timeouts: { firstByteMs: 300, firstEventMs: 300, jsonMs: 300, chainMs: 3_000 },
    },
  });
  await ask();
});
afterEach(() => stack.down());

async function ask(more: object = {}): Promise<string> {
  const response = await post(stack, JSON.stringify({ ...QUESTION, ...more }));
  await response.text();
  return response.headers.get("x-failover-attempts") ?? "";
}

describe("after `breaker.failures` failures in a row", () => {
  it("moves the target to the end of the chain", async () => {
    stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    for (let i = 0; i < 3; i++) expect(await ask()).toBe("anthropic=529;vertex/us-east5=200");
    expect(await ask()).toBe("anthropic=open;vertex/us-east5=200");
  });

  it("still asks the target when all others fail", async () => {
    stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    for (let i = 0; i < 3; i++) await ask();
    stack.cloud.context.faults.clear();
    stack.cloud.context.faults.set("vertex", { mode: "status", status: 529 });
    expect(await ask()).toBe("anthropic=open;vertex/us-east5=529;vertex/us=529;anthropic=200");
  });

  it("keeps the order of targets for another model", async () => {
    stack.cloud.context.faults.set("anthropic", { mode: "status", status: 404 });
    for (let i = 0; i < 4; i++) await ask();
    stack.cloud.context.faults.clear();
    expect(await ask({ model: "claude-opus-4-6" })).toBe("anthropic=200");
  });
});

it("keeps Anthropic first after many 400s", async () => {
  for (let i = 0; i < 6; i++) expect(await ask({ max_tokens: 0 })).toBe("anthropic=400");
  expect(await ask()).toBe("anthropic=200");
});

describe("a stream that breaks after its first content", () => {
  const stack = useSandbox({ config: { routing: "direct", timeouts: { idleMs: 100 }, breaker: { failures: 3 } } });

  it.each(["cut", "silent_after_content", "error_event_after_content"] as const)(
    "counts as a failure of its target: %s",
    async (mode) => {
      const ask = async (more: object) => {
        const response = await post(stack(), JSON.stringify({ ...QUESTION, ...more }));
        await response.text();
        return response.headers.get("x-failover-attempts");
      };
      await ask({});
      stack().cloud.context.faults.set("anthropic", { mode });
      for (let i = 0; i < 3; i++) expect(await ask({ stream: true })).toMatch(/^anthropic=200/);
      stack().cloud.context.faults.clear();
      stack().cloud.context.faults.set("vertex", { mode: "status", status: 529, times: 1 });

      // Anthropic comes last. Its success closes the circuit for the next case.
      expect(await ask({})).toBe("anthropic=open;vertex/us-east5=529;anthropic=200");
    },
  );
});
