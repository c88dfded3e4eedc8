/**
 * Tests calls with several targets: which target answered, which targets are asked next, and what
 * the caller gets.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { ANTHROPIC } from "../targets/target.ts";
import {
  type Answer,
  BEDROCK,
  BEDROCK_MESSAGE,
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
  it("is assigned to the step that the gateway names", async () => {
    const result = await run([ok(step(1))]);

    expect(result).toMatchObject({
      calls: ["anthropic+vertex/us-east5"],
      attempts: "anthropic=?;vertex/us-east5=200",
      served: "vertex/us-east5",
    });
  });

  it.each([
    ["to Vertex by the message's id", ok({}, VERTEX_MESSAGE), "vertex/us-east5"],
    ["to Anthropic by the message's id", ok({}, MESSAGE), "anthropic"],
    ["to Vertex by the message's id if the named step does not exist", ok(step(7), VERTEX_MESSAGE), "vertex/us-east5"],
    [
      "to Vertex by the message's id if the step is not a number",
      ok({ "cf-aig-step": "x" }, VERTEX_MESSAGE),
      "vertex/us-east5",
    ],
  ])("is assigned %s", async (_what, answer, served) => {
    expect((await run([answer])).served).toBe(served);
  });

  it.each([
    ["Bedrock", BEDROCK_MESSAGE, "bedrock/us-east-1"],
    ["Vertex", VERTEX_MESSAGE, "vertex/us-east5"],
    ["Anthropic", MESSAGE, "anthropic"],
  ])("is assigned to %s by the message's id in a chain of three", async (_who, message, served) => {
    expect((await run([ok({}, message)], { targets: [US_EAST5, BEDROCK, ANTHROPIC] })).served).toBe(served);
  });

  it("reports an answer whose target is unknown", async () => {
    const result = await run([ok({}, VERTEX_MESSAGE)], { targets: [ANTHROPIC, US_EAST5, US] });

    expect(result).toMatchObject({
      served: undefined,
      attempts: "anthropic=?;vertex/us-east5=?;vertex/us=?",
      status: 200,
    });
  });

  it("makes suspects of the targets before the one that answered", async () => {
    const { health } = await run([ok(step(1))], { targets: [ANTHROPIC, US_EAST5, US] });

    expect([ANTHROPIC, US_EAST5, US].map((target) => health.mustBeSeen(target))).toEqual([true, false, false]);
  });
});

describe("a group in which a step fails", () => {
  it("continues after the step that sent an empty answer", async () => {
    const result = await run([ok(step(0), ""), ok()]);

    expect(result).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "vertex/us-east5"],
      attempts: "anthropic=200:empty;vertex/us-east5=200",
      served: "vertex/us-east5",
    });
  });

  it("asks each hidden target alone, in the chain's order, when the last step fails", async () => {
    const result = await run([failed(429, step(2)), failed(500), failed(529)], { targets: [ANTHROPIC, US_EAST5, US] });

    expect(result).toMatchObject({
      calls: ["anthropic+vertex/us-east5+vertex/us", "anthropic", "vertex/us-east5"],
      attempts: "anthropic=?;vertex/us-east5=?;vertex/us=429;anthropic=500;vertex/us-east5=529",
      status: 429,
    });
  });

  it("returns the answer of a hidden target that is asked alone", async () => {
    expect(await run([failed(529, step(1)), ok()])).toMatchObject({ served: "anthropic", status: 200 });
  });

  it("does not make a suspect of a hidden target that answers alone", async () => {
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

  it("asks a hidden target before it returns the caller's error from a later target", async () => {
    expect(await run([failed(400, step(1)), ok()])).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "anthropic"],
      served: "anthropic",
    });
  });

  it("returns the caller's error from a later target if the hidden target fails", async () => {
    expect(await run([failed(400, step(1)), failed(529)])).toMatchObject({
      attempts: "anthropic=?;vertex/us-east5=400;anthropic=529",
      status: 400,
      isCallerError: true,
    });
  });

  it("asks only the hidden targets after a caller's error", async () => {
    const targets = [ANTHROPIC, US_EAST5, US];

    expect(await run([failed(400, step(1)), failed(529)], { targets, groupSize: 2 })).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "anthropic"],
      status: 400,
    });
  });

  it("returns the most useful failure if a hidden target cannot be reached", async () => {
    expect(await run([failed(429, step(1)), lost])).toMatchObject({ status: 429 });
  });

  it("makes a suspect of a target that it had to ask twice", async () => {
    const { health } = await run([failed(429, step(1)), failed(500)]);

    expect(health.mustBeSeen(ANTHROPIC)).toBe(true);
  });

  it("is assigned to Vertex by the request-id if the gateway names no step", async () => {
    expect(await run([failed(429, { "request-id": "req_vrtx_1" }), ok()])).toMatchObject({
      attempts: "anthropic=?;vertex/us-east5=429;anthropic=200",
    });
  });

  it("is not assigned if neither the step nor the request-id names the target", async () => {
    expect(await run([failed(429, { "request-id": "req_1" }), ok()])).toMatchObject({
      attempts: "anthropic=?;vertex/us-east5=?;vertex/us-east5=200",
    });
  });
});

describe("a group that fails at an unknown step", () => {
  it("asks the targets after the first, and then the first alone", async () => {
    const result = await run([lost, lost, failed(500)], { targets: [ANTHROPIC, US_EAST5] });

    expect(result).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "vertex/us-east5", "anthropic"],
      attempts: "anthropic=?;vertex/us-east5=?;vertex/us-east5=no_connection;anthropic=500",
      status: 500,
    });
  });

  it("asks each target at most twice: in the group and alone", async () => {
    const { calls } = await run(Array(9).fill(lost), { targets: [ANTHROPIC, US_EAST5, US] });

    expect(calls.at(0)).toBe("anthropic+vertex/us-east5+vertex/us");
    expect(calls.filter((call) => call === "anthropic")).toHaveLength(1);
    expect(calls.length).toBeLessThanOrEqual(5);
  });

  it("asks the other targets one by one, because they are suspects now", async () => {
    const { calls } = await run([lost, failed(529), ok()], { targets: [ANTHROPIC, US_EAST5, US] });

    expect(calls).toEqual(["anthropic+vertex/us-east5+vertex/us", "vertex/us-east5", "vertex/us"]);
  });

  it("continues if the gateway got no response", async () => {
    expect(await run([gatewayError(2005), ok()])).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "vertex/us-east5"],
      served: "vertex/us-east5",
    });
  });

  it("returns the group's failure if it is the most useful one", async () => {
    expect(await run([failed(429, { "retry-after": "3" }), failed(500), failed(500)])).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "vertex/us-east5", "anthropic"],
      status: 429,
    });
  });

  /** The first call gets no response within its limit. The second call is answered. */
  async function timesOut(breaker: CircuitBreaker) {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const silent: Answer = () =>
      new Promise((_resolve, reject) => setTimeout(() => reject(new Error("aborted")), 60_001));
    const running = run([silent, ok()], { limits: { targetMs: 30_000 }, breaker });
    await vi.advanceTimersByTimeAsync(60_001);
    return running;
  }

  it("does not make a suspect of its first target after a timeout, because that failure is known", async () => {
    const { health } = await timesOut(breakerOf());

    expect(health.mustBeSeen(ANTHROPIC)).toBe(false);
  });

  it("counts a timeout as the first target's failure, for this client only", async () => {
    const breaker = breakerOf(1);

    expect(await timesOut(breaker)).toMatchObject({
      calls: ["anthropic+vertex/us-east5", "vertex/us-east5"],
      attempts: "anthropic=timeout;vertex/us-east5=200",
    });
    expect(breaker.isOpen(ANTHROPIC, REQUESTER, Date.now())).toBe(true);
    expect(breaker.isOpen(ANTHROPIC, { ...REQUESTER, client: "bob" }, Date.now())).toBe(false);
  });
});

describe("a group ends", () => {
  it("with a suspect, because its status must be seen", async () => {
    const breaker = breakerOf();
    breaker.hidden(ANTHROPIC, REQUESTER, Date.now());

    expect(await run([failed(529), ok()], { breaker })).toMatchObject({
      calls: ["anthropic", "vertex/us-east5"],
      attempts: "anthropic=529;vertex/us-east5=200",
    });
  });

  it("with a suspect after other targets", async () => {
    const breaker = breakerOf();
    breaker.hidden(US_EAST5, REQUESTER, Date.now());

    const { calls } = await run([failed(529, step(1)), failed(529), ok()], {
      targets: [ANTHROPIC, US_EAST5, US],
      breaker,
    });

    expect(calls).toEqual(["anthropic+vertex/us-east5", "vertex/us", "anthropic"]);
  });

  it("with a probed target, because its status must be seen", async () => {
    const breaker = breakerOf(1);
    breaker.failed(ANTHROPIC, REQUESTER, { blame: "target", status: 529, retryAfterMs: 0 }, Date.now() - 30_000);
    breaker.isOpen(ANTHROPIC, REQUESTER, Date.now());

    const { calls } = await run([ok()], { breaker });

    expect(calls).toEqual(["anthropic"]);
  });

  it("with the last target that fits the size of a call", async () => {
    const { calls } = await run([failed(529, step(1)), ok()], { targets: [ANTHROPIC, US_EAST5, US], groupSize: 2 });

    expect(calls).toEqual(["anthropic+vertex/us-east5", "vertex/us"]);
  });

  it("with the last target that fits, even if a suspect comes later", async () => {
    const breaker = breakerOf();
    breaker.hidden(US, REQUESTER, Date.now());

    const { calls } = await run([ok()], { targets: [ANTHROPIC, US_EAST5, US], groupSize: 2, breaker });

    expect(calls).toEqual(["anthropic+vertex/us-east5"]);
  });
});

describe("a probe", () => {
  /** A breaker whose probe of Vertex belongs to the request of `REQUESTER`. */
  function probing() {
    const breaker = breakerOf(1);
    breaker.failed(US_EAST5, REQUESTER, { blame: "target", status: 529, retryAfterMs: 0 }, Date.now() - 30_000);
    breaker.isOpen(US_EAST5, REQUESTER, Date.now());
    return breaker;
  }

  it("ends if it was not sent, so that the next request probes", async () => {
    const breaker = probing();

    await run([ok()], { breaker, groupSize: 1 });

    expect(breaker.isOpen(US_EAST5, REQUESTER, Date.now())).toBe(false);
  });

  it("ends after a caller's error, so that the next request probes", async () => {
    const breaker = probing();

    await run([failed(400)], { breaker, targets: [US_EAST5] });

    expect(breaker.isOpen(US_EAST5, REQUESTER, Date.now())).toBe(false);
  });

  it("does not end with another request of the same client", async () => {
    const breaker = probing();

    await run([ok()], { breaker, groupSize: 1, requester: { ...REQUESTER } });

    expect(breaker.isOpen(US_EAST5, REQUESTER, Date.now())).toBe(true);
  });
});

it("the attempts begin with the targets that the breaker moved to the end, as open", async () => {
  const result = await run([ok()], { targets: [US_EAST5, ANTHROPIC], open: [ANTHROPIC], groupSize: 1 });

  expect(result.attempts).toBe("anthropic=open;vertex/us-east5=200");
});
