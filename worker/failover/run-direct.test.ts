/** One target a call: when the chain goes on, when it ends, and what the caller is told. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Caller } from "../caller.ts";
import type { Failure } from "../errors.ts";
import { ANTHROPIC, type Target } from "../targets/target.ts";
import {
  type Answer,
  breakerOf,
  type Circumstances,
  failed,
  gatewayError,
  lost,
  ok,
  REQUESTER,
  run,
  step,
  US,
  US_EAST5,
} from "./chain-in-test.ts";

afterEach(() => {
  vi.useRealTimers();
});

const runDirect = (answers: readonly Answer[], circumstances: Circumstances = {}) =>
  run(answers, { groupSize: 1, ...circumstances });

describe("a chain", () => {
  it("goes on after a target's failure", async () => {
    expect(await runDirect([failed(529), ok()])).toMatchObject({
      calls: ["anthropic", "vertex/us-east5"],
      attempts: "anthropic=529;vertex/us-east5=200",
      served: "vertex/us-east5",
    });
  });

  it("goes on after a call without a response", async () => {
    expect(await runDirect([lost, lost])).toMatchObject({
      attempts: "anthropic=no_connection;vertex/us-east5=no_connection",
      status: 502,
    });
  });

  it("goes on after the gateway has got no response", async () => {
    expect(await runDirect([gatewayError(2005), ok()])).toMatchObject({
      attempts: "anthropic=gateway:2005;vertex/us-east5=200",
    });
  });

  it("goes on after a 400 about our account", async () => {
    const message = "Your credit balance is too low to access the Anthropic API.";

    expect(await runDirect([failed(400, {}, message), ok()])).toMatchObject({ served: "vertex/us-east5" });
  });

  it("goes on after a 404 for a model that the table knows", async () => {
    expect(await runDirect([failed(404), ok()])).toMatchObject({ served: "vertex/us-east5" });
  });

  it("ends with a 404 for a model that the table does not know", async () => {
    expect(await runDirect([failed(404)], { expected: { modelIsKnown: false } })).toMatchObject({
      calls: ["anthropic"],
      status: 404,
      isCallerError: true,
    });
  });

  it.each([400, 413, 422])("ends with the caller's own error: %i", async (status) => {
    expect(await runDirect([failed(status)])).toMatchObject({ calls: ["anthropic"], status, isCallerError: true });
  });

  it("ends with a caller's own error of a later target, whatever failed before", async () => {
    expect(await runDirect([failed(429, { "retry-after": "3" }), failed(413)])).toMatchObject({
      attempts: "anthropic=429;vertex/us-east5=413",
      status: 413,
      isCallerError: true,
    });
  });

  it("goes on after a 400 of Vertex's for what only Anthropic takes", async () => {
    const isUnsupported = (target: Target) => target.kind === "vertex";
    const told = await runDirect([failed(529), failed(400), ok()], {
      targets: [ANTHROPIC, US_EAST5, US],
      isUnsupported,
    });

    expect(told).toMatchObject({ attempts: "anthropic=529;vertex/us-east5=400;vertex/us=200", served: "vertex/us" });
  });

  it("does not return a 400 of Vertex's for what only Anthropic takes", async () => {
    const isUnsupported = (target: Target) => target.kind === "vertex";

    expect(await runDirect([failed(529), failed(400)], { isUnsupported })).toMatchObject({
      status: 529,
      isCallerError: false,
    });
  });

  it.each([2003, 2041])("ends with the gateway's own limit: %i", async (code) => {
    const told = await runDirect([gatewayError(code)]);

    expect(told).toMatchObject({ calls: ["anthropic"], attempts: "anthropic=?", status: 429 });
    expect(told.failure?.headers.get("x-should-retry")).toBeNull();
  });

  it.each([2001, 2008, 2009, 2040])("ends with what only a deployment repairs: %i", async (code) => {
    const told = await runDirect([gatewayError(code)]);

    expect(told).toMatchObject({ calls: ["anthropic"], attempts: "anthropic=?", status: 502 });
    expect(told.failure?.headers.get("x-should-retry")).toBe("false");
  });

  it("ends a call of several targets with the gateway's own verdict, too", async () => {
    expect(await run([gatewayError(2003)])).toMatchObject({
      calls: ["anthropic+vertex/us-east5"],
      attempts: "anthropic=?;vertex/us-east5=?",
      status: 429,
    });
  });
});

describe("when all targets fail", () => {
  it.each<[string, Answer[], number]>([
    ["429 with its retry-after", [failed(429), failed(429, { "retry-after": "3" })], 429],
    ["429", [failed(529), failed(429)], 429],
    ["529", [failed(500), failed(529)], 529],
    ["the first of the rest", [failed(500), failed(503)], 500],
    ["anything but a refused credential", [failed(401), failed(500)], 500],
    ["a 502 where only credentials failed", [failed(401), failed(403)], 502],
  ])("the caller is told the most useful failure: %s", async (_what, answers, status) => {
    expect(await runDirect(answers)).toMatchObject({ status, isCallerError: false });
  });

  it("the caller is told when to come back", async () => {
    const { failure } = await runDirect([failed(429), failed(429, { "retry-after": "3" })]);

    expect(failure?.headers.get("retry-after")).toBe("3");
  });
});

describe("a repaired target", () => {
  it("is asked once more, and before the others", async () => {
    let isRepaired = false;
    const repair = () => {
      const repairs = !isRepaired;
      isRepaired = true;
      return repairs;
    };

    expect(await runDirect([failed(401), ok()], { repair })).toMatchObject({
      calls: ["anthropic", "anthropic"],
      attempts: "anthropic=401;anthropic=200",
    });
  });

  it("is asked once more only once", async () => {
    const repair = (target: Target) => target.kind === "vertex";

    expect(await runDirect([failed(529), failed(400), failed(400)], { repair })).toMatchObject({
      calls: ["anthropic", "vertex/us-east5", "vertex/us-east5"],
      status: 400,
    });
  });

  it("does not count as failed while it is repaired", async () => {
    const breaker = breakerOf(1);

    await runDirect([failed(401), ok()], { repair: () => true, breaker });

    expect(breaker.openCircuits(REQUESTER)).toEqual([]);
  });
});

describe("a refused run token", () => {
  const others = (count: number) => {
    let left = count;
    return () => left-- > 0;
  };

  it("is followed by the same call with the other one", async () => {
    const told = await run([gatewayError(2009), ok()], { otherRunToken: others(1) });

    expect(told).toMatchObject({ calls: Array(2).fill("anthropic+vertex/us-east5"), status: 200 });
  });

  it("ends the chain where the other one is refused, too", async () => {
    const told = await run([gatewayError(2009), gatewayError(2009)], { otherRunToken: others(1) });

    expect(told).toMatchObject({ calls: Array(2).fill("anthropic+vertex/us-east5"), status: 502 });
  });

  it("is the only verdict that another token is shown for", async () => {
    expect((await run([gatewayError(2003)], { otherRunToken: others(9) })).calls).toHaveLength(1);
  });
});

describe("Google's token", () => {
  const absent = { hasToken: () => false };
  const never = { ...absent, fetchToken: () => Promise.reject(new Error("google_token_timeout")) };

  it("is not waited for while Anthropic can be asked", async () => {
    let fetched = 0;
    const fetchToken = async () => void fetched++;

    expect(await run([ok()], { ...absent, fetchToken })).toMatchObject({ calls: ["anthropic"], served: "anthropic" });
    expect(fetched).toBe(0);
  });

  it("is waited for once Anthropic has failed", async () => {
    const { calls } = await run([failed(529), ok()], absent);

    expect(calls).toEqual(["anthropic", "vertex/us-east5"]);
  });

  it("is waited for no longer than the chain may take", async () => {
    const deadlineMs = Date.now() + 12_345;
    const deadlines: number[] = [];
    const fetchToken = async (untilMs: number) => void deadlines.push(untilMs);

    await run([failed(529), ok()], { ...absent, fetchToken, limits: { deadlineMs } });

    expect(deadlines).toEqual([deadlineMs]);
  });

  it("is why no Vertex target was asked where it does not come", async () => {
    expect(await run([failed(529)], { ...never, targets: [ANTHROPIC, US_EAST5, US] })).toMatchObject({
      calls: ["anthropic"],
      attempts: "anthropic=529;vertex/us-east5=google_token_timeout;vertex/us=google_token_timeout",
      status: 529,
    });
  });

  it("leaves Anthropic where it does not come and Vertex is first", async () => {
    expect(await run([ok()], { ...never, targets: [US_EAST5, ANTHROPIC] })).toMatchObject({
      calls: ["anthropic"],
      attempts: "vertex/us-east5=google_token_timeout;anthropic=200",
    });
  });

  it("counts against no target where it does not come", async () => {
    const breaker = breakerOf(1);

    await run([ok()], { ...never, targets: [US_EAST5, ANTHROPIC], breaker });

    expect(breaker.openCircuits(REQUESTER)).toEqual([]);
  });
});

describe("what is held against a target", () => {
  async function openAfter(answers: readonly Answer[], more: Circumstances = {}): Promise<string[]> {
    const breaker = breakerOf(1);
    await runDirect(answers, { targets: [ANTHROPIC], breaker, ...more });
    return breaker.openCircuits(REQUESTER);
  }

  it("is its failure, for everybody", async () => {
    expect(await openAfter([failed(529)])).toEqual(["alice|anthropic m", "anthropic m"]);
  });

  it("is an unclear failure, for the client alone", async () => {
    expect(await openAfter([lost])).toEqual(["alice|anthropic m"]);
  });

  it("is a missing response of the gateway's, for the client alone", async () => {
    expect(await openAfter([gatewayError(2005)])).toEqual(["alice|anthropic m"]);
  });

  it.each<[string, Answer, Circumstances]>([
    ["a caller's own error", failed(400), {}],
    ["a 400 for what it does not take", failed(400), { isUnsupported: () => true }],
    ["a gateway's verdict", gatewayError(2003), {}],
    ["an answer", ok(), {}],
  ])("is not %s", async (_what, answer, more) => {
    expect(await openAfter([answer], more)).toEqual([]);
  });
});

describe("what an answer takes back", () => {
  const event = 'event: content_block_delta\ndata: {"type":"content_block_delta"}\n\n';
  const begins: Answer = () => new Response(event, { headers: { "content-type": "text/event-stream" } });

  /** A target that has failed once answers, and fails once more: with the second failure in a row its circuit opens. */
  async function openAfter(answer: Answer, stream: boolean): Promise<string[]> {
    const breaker = breakerOf(2);
    for (const next of [failed(529), answer, failed(529)]) {
      await runDirect([next], { targets: [ANTHROPIC], breaker, expected: { stream } });
    }
    return breaker.openCircuits(REQUESTER);
  }

  it("is the failures before a whole one", async () => {
    expect(await openAfter(ok(), false)).toEqual([]);
  });

  it("is nothing while it has only begun", async () => {
    expect(await openAfter(begins, true)).toEqual(["alice|anthropic m", "anthropic m"]);
  });
});

describe("a caller that leaves", () => {
  it("ends the chain: nobody else is asked, and nothing is held against anybody", async () => {
    const leaving = new AbortController();
    const breaker = breakerOf(1);
    const leaves: Answer = () => {
      leaving.abort();
      throw new DOMException("left", "AbortError");
    };

    const told = await runDirect([leaves, ok()], { caller: new Caller(leaving.signal), breaker });

    expect(told).toMatchObject({ calls: ["anthropic"], attempts: "", served: undefined });
    expect(breaker.openCircuits(REQUESTER)).toEqual([]);
  });

  it("before the chain begins has nobody asked", async () => {
    const leaving = new AbortController();
    leaving.abort();

    expect((await runDirect([], { caller: new Caller(leaving.signal) })).calls).toEqual([]);
  });
});

describe("a deadline", () => {
  it("that has passed has nobody asked", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });

    const told = await run([], { limits: { deadlineMs: Date.now() } });

    expect(told).toMatchObject({ calls: [], status: 504, failure: { label: "deadline" } satisfies Partial<Failure> });
  });

  it("that passes between two targets ends the chain with the failure before", async () => {
    const late: Answer = async () => {
      const response = await failed(529)();
      await new Promise((resolve) => setTimeout(resolve, 30));
      return response;
    };

    expect(await runDirect([late, ok()], { limits: { deadlineMs: Date.now() + 20 } })).toMatchObject({
      calls: ["anthropic"],
      status: 529,
    });
  });

  it("that passes keeps the hidden targets from being asked", async () => {
    const late: Answer = async () => {
      const response = await failed(429, step(1))();
      await new Promise((resolve) => setTimeout(resolve, 30));
      return response;
    };

    expect(await run([late, ok()], { limits: { deadlineMs: Date.now() + 20 } })).toMatchObject({
      calls: ["anthropic+vertex/us-east5"],
      status: 429,
    });
  });
});
