/**
 * Several targets in one call: which of them answered, who is asked next, and what the caller is
 * told at the end.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { ANTHROPIC } from "../targets/target.ts";
import {
  type Answer,
  breakerOf,
  failed,
  gatewayError,
  lost,
  MESSAGE,
  ok,
  REQUESTER,
  run,
  step,
  US,
  US_EAST5,
  VERTEX_MESSAGE,
} from "./chain-in-test.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("a group that answers", () => {
  it("was answered by the step that the gateway names", async () => {
    const told = await run([ok(step(1))]);

    expect(told).toMatchObject({
      calls: ["anthropic+vertex/us-east5"],
      attempts: "anthropic=?;vertex/us-east5=200",
      served: "vertex/us-east5",
    });
  });

  it.each([
    ["Vertex, by its message's id", ok({}, VERTEX_MESSAGE), "vertex/us-east5"],
    ["Anthropic, by its message's id", ok({}, MESSAGE), "anthropic"],
    [
      "Vertex, by its message's id, where the named step does not exist",
      ok(step(7), VERTEX_MESSAGE),
      "vertex/us-east5",
    ],
    [
      "Vertex, by its message's id, where the step is no number",
      ok({ "cf-aig-step": "x" }, VERTEX_MESSAGE),
      "vertex/us-east5",
    ],
  ])("was answered by %s", async (_who, answer, served) => {
    expect((await run([answer])).served).toBe(served);
  });

  it("reports an answer whose target is unknown", async () => {
    const told = await run([ok({}, VERTEX_MESSAGE)], { targets: [ANTHROPIC, US_EAST5, US] });

    expect(told).toMatchObject({
      served: undefined,
      attempts: "anthropic=?;vertex/us-east5=?;vertex/us=?",
      status: 200,
    });
  });

  it("makes the targets in front of the one that answered suspects", async () => {
    const { health } = await run([ok(step(1))], { targets: [ANTHROPIC, US_EAST5, US] });

    expect([ANTHROPIC, US_EAST5, US].map((target) => health.mustBeSeen(target))).toEqual([true, false, false]);
  });
});

describe("a group in which a step fails", () => {
  it("goes on behind the step that gave no answer", async () => {
    const told = await run([ok(step(0), ""), ok()]);

    expect(told).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "vertex/us-east5"],
      attempts: "anthropic=200:empty;vertex/us-east5=200",
      served: "vertex/us-east5",
    });
  });

  it("asks the hidden targets alone, in their order, when the last step has failed", async () => {
    const told = await run([failed(429, step(2)), failed(500), failed(529)], { targets: [ANTHROPIC, US_EAST5, US] });

    expect(told).toMatchObject({
      calls: ["anthropic+vertex/us-east5+vertex/us", "anthropic", "vertex/us-east5"],
      attempts: "anthropic=?;vertex/us-east5=?;vertex/us=429;anthropic=500;vertex/us-east5=529",
      status: 429,
    });
  });

  it("returns the answer of a hidden target that is asked alone", async () => {
    expect(await run([failed(529, step(1)), ok()])).toMatchObject({ served: "anthropic", status: 200 });
  });

  it("makes a hidden target no suspect where it answers alone", async () => {
    const { health } = await run([failed(529, step(1)), ok()]);

    expect(health.mustBeSeen(ANTHROPIC)).toBe(false);
  });

  it("returns a caller's error that was hidden", async () => {
    expect(await run([failed(429, step(1)), failed(400)])).toMatchObject({
      attempts: "anthropic=?;vertex/us-east5=429;anthropic=400",
      status: 400,
      isCallerError: true,
    });
  });

  it("asks a hidden target first before it returns a caller's error of a later one", async () => {
    expect(await run([failed(400, step(1)), ok()])).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "anthropic"],
      served: "anthropic",
    });
  });

  it("returns a caller's error where the hidden target fails", async () => {
    expect(await run([failed(400, step(1)), failed(529)])).toMatchObject({
      attempts: "anthropic=?;vertex/us-east5=400;anthropic=529",
      status: 400,
      isCallerError: true,
    });
  });

  it("asks no other target after a caller's error", async () => {
    const targets = [ANTHROPIC, US_EAST5, US];

    expect(await run([failed(400, step(1)), failed(529)], { targets, groupSize: 2 })).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "anthropic"],
      status: 400,
    });
  });

  it("returns the most useful failure where a hidden target cannot be reached", async () => {
    expect(await run([failed(429, step(1)), lost])).toMatchObject({ status: 429 });
  });

  it("makes a target a suspect that had to be asked twice: the next request sees it at once", async () => {
    const { health } = await run([failed(429, step(1)), failed(500)]);

    expect(health.mustBeSeen(ANTHROPIC)).toBe(true);
  });

  it("is Vertex's, by the request's id, where the gateway names no step", async () => {
    expect(await run([failed(429, { "request-id": "req_vrtx_1" }), ok()])).toMatchObject({
      attempts: "anthropic=?;vertex/us-east5=429;anthropic=200",
    });
  });

  it("is nobody's, where neither the gateway's step nor the request's id tells", async () => {
    expect(await run([failed(429, { "request-id": "req_1" }), ok()])).toMatchObject({
      attempts: "anthropic=?;vertex/us-east5=?;vertex/us-east5=200",
    });
  });
});

describe("a group of which nothing tells who failed", () => {
  it("asks the targets behind the first, and then the first alone", async () => {
    const told = await run([lost, lost, failed(500)], { targets: [ANTHROPIC, US_EAST5] });

    expect(told).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "vertex/us-east5", "anthropic"],
      attempts: "anthropic=?;vertex/us-east5=?;vertex/us-east5=no_connection;anthropic=500",
      status: 500,
    });
  });

  it("asks each target at most twice: in its group and alone", async () => {
    const { calls } = await run(Array(9).fill(lost), { targets: [ANTHROPIC, US_EAST5, US] });

    expect(calls.at(0)).toBe("anthropic+vertex/us-east5+vertex/us");
    expect(calls.filter((call) => call === "anthropic")).toHaveLength(1);
    expect(calls.length).toBeLessThanOrEqual(5);
  });

  it("asks the other targets one by one, since they have become suspects", async () => {
    const { calls } = await run([lost, failed(529), ok()], { targets: [ANTHROPIC, US_EAST5, US] });

    expect(calls).toEqual(["anthropic+vertex/us-east5+vertex/us", "vertex/us-east5", "vertex/us"]);
  });

  it("goes on after the gateway has got no response", async () => {
    expect(await run([gatewayError(2005), ok()])).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "vertex/us-east5"],
      served: "vertex/us-east5",
    });
  });

  it("returns its failure where it is the most useful one", async () => {
    expect(await run([failed(429, { "retry-after": "3" }), failed(500), failed(500)])).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "vertex/us-east5", "anthropic"],
      status: 429,
    });
  });

  /** The first call is silent until its time is over, the second one is answered. */
  async function timesOut(breaker: CircuitBreaker) {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const silent: Answer = () =>
      new Promise((_resolve, reject) => setTimeout(() => reject(new Error("aborted")), 60_001));
    const running = run([silent, ok()], { limits: { targetMs: 30_000 }, breaker });
    await vi.advanceTimersByTimeAsync(60_001);
    return running;
  }

  it("makes its first target no suspect where its time is over: that failure is known", async () => {
    const { health } = await timesOut(breakerOf());

    expect(health.mustBeSeen(ANTHROPIC)).toBe(false);
  });

  it("counts its time-out as the first target's", async () => {
    const breaker = breakerOf(1);

    expect(await timesOut(breaker)).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "vertex/us-east5"],
      attempts: "anthropic=timeout;vertex/us-east5=200",
    });
    expect(breaker.isOpen(ANTHROPIC, REQUESTER, Date.now())).toBe(true);
    expect(breaker.isOpen(ANTHROPIC, { ...REQUESTER, client: "bob" }, Date.now())).toBe(false);
  });
});

describe("the end of a group", () => {
  it("is a suspect: its status must be seen", async () => {
    const breaker = breakerOf();
    breaker.hidden(ANTHROPIC, REQUESTER, Date.now());

    expect(await run([failed(529), ok()], { breaker })).toMatchObject({
      calls: ["anthropic", "vertex/us-east5"],
      attempts: "anthropic=529;vertex/us-east5=200",
    });
  });

  it("may be a suspect behind others", async () => {
    const breaker = breakerOf();
    breaker.hidden(US_EAST5, REQUESTER, Date.now());

    const { calls } = await run([failed(529, step(1)), failed(529), ok()], {
      targets: [ANTHROPIC, US_EAST5, US],
      breaker,
    });

    expect(calls).toEqual(["anthropic+vertex/us-east5", "vertex/us", "anthropic"]);
  });

  it("is a probe: its status must be seen", async () => {
    const breaker = breakerOf(1);
    breaker.failed(ANTHROPIC, REQUESTER, { blame: "target", status: 529, retryAfterMs: 0 }, Date.now() - 30_000);
    breaker.isOpen(ANTHROPIC, REQUESTER, Date.now());

    const { calls } = await run([ok()], { breaker });

    expect(calls).toEqual(["anthropic"]);
  });

  it("is how many targets one call can carry", async () => {
    const { calls } = await run([failed(529, step(1)), ok()], { targets: [ANTHROPIC, US_EAST5, US], groupSize: 2 });

    expect(calls).toEqual(["anthropic+vertex/us-east5", "vertex/us"]);
  });

  it("is how many targets one call can carry, though a later one must be seen", async () => {
    const breaker = breakerOf();
    breaker.hidden(US, REQUESTER, Date.now());

    const { calls } = await run([ok()], { targets: [ANTHROPIC, US_EAST5, US], groupSize: 2, breaker });

    expect(calls).toEqual(["anthropic+vertex/us-east5"]);
  });
});

describe("a probe", () => {
  /** Vertex is to be probed, by the request that has `REQUESTER`. */
  function probing() {
    const breaker = breakerOf(1);
    breaker.failed(US_EAST5, REQUESTER, { blame: "target", status: 529, retryAfterMs: 0 }, Date.now() - 30_000);
    breaker.isOpen(US_EAST5, REQUESTER, Date.now());
    return breaker;
  }

  it("that was not sent is given back", async () => {
    const breaker = probing();

    await run([ok()], { breaker, groupSize: 1 });

    expect(breaker.isOpen(US_EAST5, REQUESTER, Date.now())).toBe(false);
  });

  it("that met the caller's own error is given back", async () => {
    const breaker = probing();

    await run([failed(400)], { breaker, targets: [US_EAST5] });

    expect(breaker.isOpen(US_EAST5, REQUESTER, Date.now())).toBe(false);
  });

  it("is not given back by another request of its client", async () => {
    const breaker = probing();

    await run([ok()], { breaker, groupSize: 1, requester: { ...REQUESTER } });

    expect(breaker.isOpen(US_EAST5, REQUESTER, Date.now())).toBe(true);
  });
});

it("targets that the breaker passed over are listed in front as open", async () => {
  const told = await run([ok()], { targets: [US_EAST5, ANTHROPIC], open: [ANTHROPIC], groupSize: 1 });

  expect(told.attempts).toBe("anthropic=open;vertex/us-east5=200");
});
