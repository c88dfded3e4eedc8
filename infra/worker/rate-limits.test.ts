import { describe, expect, it } from "vitest";
import { namespaceId, rateLimitBindings } from "./rate-limits.ts";

describe("a rate limit's namespace id", () => {
  it("is the same at each run", () => {
    expect(namespaceId("claude-failover-prod", 60)).toBe("1941311687");
  });

  it("differs between Workers and between rates", () => {
    const ids = ["claude-failover-prod", "claude-failover-dev"].flatMap((scriptName) =>
      [1, 60, 600].map((rate) => namespaceId(scriptName, rate)),
    );

    expect(new Set(ids).size).toBe(6);
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
