/** The Worker reads a client's line exactly as the infrastructure program writes it. */
import { describe, expect, it } from "vitest";
import { CLIENTS_PER_BINDING, clientLine, parseClient } from "./client-line.ts";

const NEWEST = `${"a".repeat(42)}A`;
const PREVIOUS = `${"b".repeat(42)}A`;

describe("a client's line", () => {
  it.each([
    ["a token only", { name: "ci" }, [NEWEST], `ci ${NEWEST}`],
    ["two tokens", { name: "ci" }, [NEWEST, PREVIOUS], `ci ${NEWEST} ${PREVIOUS}`],
    ["the right to drill", { name: "ci", operator: true }, [NEWEST], `ci ${NEWEST} operator`],
    ["the right to batches", { name: "ci", batches: true }, [NEWEST], `ci ${NEWEST} batches`],
    ["a rate", { name: "ci", requestsPerMinute: 60 }, [NEWEST], `ci ${NEWEST} 60`],
    [
      "everything",
      { name: "operator", operator: true, batches: true, requestsPerMinute: 7 },
      [NEWEST, PREVIOUS],
      `operator ${NEWEST} ${PREVIOUS} operator batches 7`,
    ],
  ] as const)("with %s is read as written", (_what, client, digests, line) => {
    expect(clientLine(client, digests)).toBe(line);
    expect(parseClient(line)).toEqual({ ...client, sha256: digests });
  });

  it("does not contain the rights that a client does not have", () => {
    const client = { name: "ci", operator: false, batches: false, requestsPerMinute: undefined };

    expect(clientLine(client, [NEWEST])).toBe(`ci ${NEWEST}`);
  });

  it.each([
    ["no name", ` ${NEWEST}`],
    ["no digest", "ci"],
    ["a digest that is too short", `ci ${NEWEST.slice(1)}`],
    ["a digest that is too long", `ci ${NEWEST}A`],
    ["a digest that is not base64url", `ci ${"+".repeat(43)}`],
    ["three digests", `ci ${NEWEST} ${NEWEST} ${NEWEST}`],
    ["an unknown right", `ci ${NEWEST} admin`],
    ["rights in another order", `ci ${NEWEST} batches operator`],
    ["a rate of zero", `ci ${NEWEST} 0`],
    ["a rate that is a fraction", `ci ${NEWEST} 0.5`],
    ["text before the name", `x ci ${NEWEST}`],
    ["text after the rate", `ci ${NEWEST} 60 x`],
  ])("with %s is refused", (_what, line) => {
    expect(() => parseClient(line)).toThrow();
  });

  it("is short enough for a full variable to stay within 5 KB, even with 1,000 bytes per KB", () => {
    const largest = {
      name: "n".repeat(32),
      operator: true as const,
      batches: true as const,
      requestsPerMinute: Number.MAX_SAFE_INTEGER,
    };

    const lines = Array.from({ length: CLIENTS_PER_BINDING }, () => clientLine(largest, [NEWEST, PREVIOUS]));

    expect(lines.join("\n").length).toBe(4_959);
    expect(lines.join("\n").length).toBeLessThanOrEqual(5_000);
  });
});
