import { describe, expect, it } from "vitest";
import { failureCounterBindings, namespaceId, rateLimitBindings } from "./rate-limits.ts";

describe("a rate limit's namespace id", () => {
  it("is the same at each run", () => {
    expect(namespaceId("claude-failover-prod", 60)).toBe("1941311687");
  });

  it("differs between Workers, and between rates and failures", () => {
    const ids = ["claude-failover-prod", "claude-failover-dev"].flatMap((scriptName) =>
      ([1, 60, 600, "failures"] as const).map((counted) => namespaceId(scriptName, counted)),
    );

    expect(new Set(ids).size).toBe(8);
  });

  it("differs between all Workers of a large account", () => {
    const ids = Array.from({ length: 1_000 }, (_, index) =>
      ([60, "failures"] as const).map((counted) => namespaceId(`claude-failover-pr-${index}`, counted)),
    ).flat();

    expect(new Set(ids).size).toBe(2_000);
  });

  it("is a positive integer of at most 31 bits, as text", () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => namespaceId("worker", index + 1));

    for (const id of ids) {
      expect(id).toMatch(/^[1-9][0-9]*$/);
      expect(Number(id)).toBeLessThan(2 ** 31);
    }
  });
});

describe("the rate limit bindings of a Worker", () => {
  it("contain each rate once, even if several clients have it", () => {
    const bindings = rateLimitBindings("worker", [60, 5, 60]);

    expect(bindings).toEqual([
      {
        type: "ratelimit",
        name: "RATE_LIMIT_60",
        namespaceId: namespaceId("worker", 60),
        simple: { limit: 60, period: 60 },
      },
      {
        type: "ratelimit",
        name: "RATE_LIMIT_5",
        namespaceId: namespaceId("worker", 5),
        simple: { limit: 5, period: 60 },
      },
    ]);
  });

  it("are empty if no client has a rate", () => {
    expect(rateLimitBindings("worker", [])).toEqual([]);
  });
});

describe("the failure counter of a Worker", () => {
  const counter = failureCounterBindings("worker", { failures: 5, windowMs: 30_000 });

  it("is one binding, with the limit and the period of the breaker", () => {
    expect(counter).toEqual([
      {
        type: "ratelimit",
        name: "FAILURE_COUNTER",
        namespaceId: namespaceId("worker", "failures"),
        simple: { limit: 4, period: 10 },
      },
    ]);
  });

  it("keeps its counts if the limits change", () => {
    const [changed] = failureCounterBindings("worker", { failures: 9, windowMs: 90_000 });

    expect(changed?.namespaceId).toBe(counter[0]?.namespaceId);
  });

  it("does not exist without neighbours, or if one failure opens a circuit", () => {
    expect(failureCounterBindings("worker", undefined)).toEqual([]);
    expect(failureCounterBindings("worker", { failures: 1, windowMs: 30_000 })).toEqual([]);
  });
});
