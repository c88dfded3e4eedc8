import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Lease, MemoryBudget } from "./memory-budget.ts";

const NEVER_MS = Number.POSITIVE_INFINITY;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a lease", () => {
  it("holds nothing before it grows", () => {
    const budget = new MemoryBudget(900);

    budget.lease("a", NEVER_MS);

    expect(budget.heldBytes).toBe(0);
  });

  it("counts with its last size, not with the sum of its sizes", () => {
    const budget = new MemoryBudget(900);
    const lease = budget.lease("a", NEVER_MS);

    lease.growTo(100);
    lease.growTo(250);

    expect(budget.heldBytes).toBe(250);
  });

  it("keeps its size when it cannot grow", () => {
    const budget = new MemoryBudget(900);
    const lease = budget.lease("a", NEVER_MS);
    lease.growTo(100);

    const hasRoom = lease.growTo(601);

    expect({ hasRoom, held: budget.heldBytes }).toEqual({ hasRoom: false, held: 100 });
  });

  it("frees its bytes only once if it is released twice", () => {
    const budget = new MemoryBudget(900);
    const [lease, other] = [budget.lease("a", NEVER_MS), budget.lease("a", NEVER_MS)];
    lease.growTo(100);
    other.growTo(50);

    lease.release();
    lease.release();

    expect(budget.heldBytes).toBe(50);
  });

  it("cannot grow after its release", () => {
    const budget = new MemoryBudget(900);
    const lease = budget.lease("a", NEVER_MS);
    lease.release();

    const hasRoom = lease.growTo(1);

    expect({ hasRoom, held: budget.heldBytes }).toEqual({ hasRoom: false, held: 0 });
  });

  it("can shrink even if its client holds more than its share", () => {
    const budget = new MemoryBudget(900);
    const [large, small] = [budget.lease("a", NEVER_MS), budget.lease("a", NEVER_MS)];
    large.growTo(590);
    small.growTo(10);
    budget.lease("b", NEVER_MS).growTo(200);

    const hasRoom = small.growTo(0);

    expect({ hasRoom, held: budget.heldBytes }).toEqual({ hasRoom: true, held: 790 });
  });
});

it("a lease keeps its size even if its client holds more than its share", () => {
  const budget = new MemoryBudget(900);
  const lease = budget.lease("a", NEVER_MS);
  lease.growTo(600);
  budget.lease("b", NEVER_MS).growTo(200);

  expect(lease.growTo(600)).toBe(true);
});

describe("a client", () => {
  it("gets up to two thirds of the budget when it is alone", () => {
    const budget = new MemoryBudget(900);

    const within = budget.lease("a", NEVER_MS).growTo(600);
    const beyond = budget.lease("a", NEVER_MS).growTo(1);

    expect({ within, beyond }).toEqual({ within: true, beyond: false });
  });

  it("gets memory even while another client holds its maximum", () => {
    const budget = new MemoryBudget(900);
    budget.lease("a", NEVER_MS).growTo(600);

    const hasRoom = budget.lease("b", NEVER_MS).growTo(200);

    expect(hasRoom).toBe(true);
  });

  it("gets up to twice what then stays free", () => {
    const budget = new MemoryBudget(900);
    budget.lease("a", NEVER_MS).growTo(600);
    const lease = budget.lease("b", NEVER_MS);

    const [within, beyond] = [lease.growTo(200), lease.growTo(201)];

    expect({ within, beyond }).toEqual({ within: true, beyond: false });
  });

  it("has one limit for all of its leases together", () => {
    const budget = new MemoryBudget(900);
    for (let i = 0; i < 6; i++) budget.lease("a", NEVER_MS).growTo(100);

    expect(budget.lease("a", NEVER_MS).growTo(100)).toBe(false);
  });
});

describe("an expired lease", () => {
  it("still counts while there is enough memory", () => {
    const budget = new MemoryBudget(900);
    budget.lease("a", Date.now() + 1_000).growTo(100);
    vi.setSystemTime(Date.now() + 1_000);

    budget.lease("b", NEVER_MS).growTo(10);

    expect(budget.heldBytes).toBe(110);
  });

  it("is freed when its memory is needed", () => {
    const budget = new MemoryBudget(900);
    budget.lease("a", Date.now() + 1_000).growTo(600);
    vi.setSystemTime(Date.now() + 1_000);

    const hasRoom = budget.lease("b", NEVER_MS).growTo(600);

    expect({ hasRoom, held: budget.heldBytes }).toEqual({ hasRoom: true, held: 600 });
  });

  it("is not freed a millisecond too early", () => {
    const budget = new MemoryBudget(900);
    budget.lease("a", Date.now() + 1_000).growTo(600);
    vi.setSystemTime(Date.now() + 999);

    expect(budget.lease("b", NEVER_MS).growTo(600)).toBe(false);
  });

  it("frees nothing a second time when it is released late", () => {
    const budget = new MemoryBudget(900);
    const expired = budget.lease("a", Date.now() + 1_000);
    expired.growTo(600);
    vi.setSystemTime(Date.now() + 1_000);
    budget.lease("b", NEVER_MS).growTo(600);

    expired.release();

    expect(budget.heldBytes).toBe(600);
  });

  it("holds nothing after it was freed for its own growth", () => {
    const budget = new MemoryBudget(900);
    const [expired, other] = [budget.lease("a", Date.now() + 1_000), budget.lease("a", Date.now() + 1_000)];
    expired.growTo(300);
    other.growTo(300);
    vi.setSystemTime(Date.now() + 1_000);

    const hasRoom = expired.growTo(400);
    expired.release();

    expect({ hasRoom, held: budget.heldBytes }).toEqual({ hasRoom: false, held: 0 });
  });
});

describe("any sequence of growing, shrinking, releasing and waiting", () => {
  const TOTAL_BYTES = 1_000;
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("lease" as const),
      client: fc.constantFrom("a", "b", "c"),
      lifeMs: fc.constantFrom(50, 10_000),
    }),
    fc.record({ kind: fc.constant("grow" as const), lease: fc.nat(20), bytes: fc.nat(TOTAL_BYTES) }),
    fc.record({ kind: fc.constant("release" as const), lease: fc.nat(20) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(60) }),
  );

  /** What the owner of a lease knows about it. An expired lease may have been freed. */
  interface Known {
    lease: Lease;
    bytes: number;
    expiresAtMs: number;
    isReleased: boolean;
  }

  it("never holds more than the budget, and holds the sum of the live leases", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const budget = new MemoryBudget(TOTAL_BYTES);
        const leases: Known[] = [];
        const sum = (some: readonly Known[]) => some.reduce((total, { bytes }) => total + bytes, 0);
        for (const taken of steps) {
          const known = "lease" in taken ? leases[taken.lease % Math.max(leases.length, 1)] : undefined;
          switch (taken.kind) {
            case "lease": {
              const expiresAtMs = Date.now() + taken.lifeMs;
              const lease = budget.lease(taken.client, expiresAtMs);
              leases.push({ lease, bytes: 0, expiresAtMs, isReleased: false });
              break;
            }
            case "grow":
              if (known?.lease.growTo(taken.bytes)) known.bytes = taken.bytes;
              break;
            case "release":
              known?.lease.release();
              if (known) known.isReleased = true;
              break;
            case "wait":
              vi.setSystemTime(Date.now() + taken.ms);
          }
          const unreleased = leases.filter(({ isReleased }) => !isReleased);
          const unexpired = unreleased.filter(({ expiresAtMs }) => expiresAtMs > Date.now());
          expect(budget.heldBytes).toBeLessThanOrEqual(TOTAL_BYTES);
          expect(budget.heldBytes).toBeGreaterThanOrEqual(sum(unexpired));
          expect(budget.heldBytes).toBeLessThanOrEqual(sum(unreleased));
        }
        for (const { lease } of leases) lease.release();
        expect(budget.heldBytes).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });
});
