/**
 * The circuit breaker end to end: a target that keeps failing is tried last, and nobody else pays
 * for it.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Sandbox } from "../../local/sandbox/index.ts";
import { post, QUESTION, useStack } from "../support/local-stack.ts";

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

describe("after as many failures in a row as the configuration says", () => {
  it("the target is tried last", async () => {
    stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    for (let i = 0; i < 3; i++) expect(await ask()).toBe("anthropic=529;vertex/us-east5=200");
    expect(await ask()).toBe("anthropic=open;vertex/us-east5=200");
  });

  it("the target is still tried where the others fail too", async () => {
    stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    for (let i = 0; i < 3; i++) await ask();
    stack.cloud.context.faults.clear();
    stack.cloud.context.faults.set("vertex", { mode: "status", status: 529 });
    expect(await ask()).toBe("anthropic=open;vertex/us-east5=529;vertex/us=529;anthropic=200");
  });

  it("another model's targets stay where they are", async () => {
    stack.cloud.context.faults.set("anthropic", { mode: "status", status: 404 });
    for (let i = 0; i < 4; i++) await ask();
    stack.cloud.context.faults.clear();
    expect(await ask({ model: "claude-opus-4-6" })).toBe("anthropic=200");
  });
});

it("one client's stream of 400s moves nobody to Vertex", async () => {
  for (let i = 0; i < 6; i++) expect(await ask({ max_tokens: 0 })).toBe("anthropic=400");
  expect(await ask()).toBe("anthropic=200");
});

describe("a stream that breaks after its first content", () => {
  const stack = useStack({ config: { routing: "direct", timeouts: { idleMs: 100 }, breaker: { failures: 3 } } });

  it.each(["cut", "silent_after_content", "error_event_after_content"] as const)(
    "counts as its target's failure: %s",
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

      // Anthropic is asked last, and its answer closes the circuit for the next case.
      expect(await ask({})).toBe("anthropic=open;vertex/us-east5=529;anthropic=200");
    },
  );
});
