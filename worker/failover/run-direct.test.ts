/**
 * Tests calls with one target each: when the chain continues, when it ends, and what the caller
 * gets.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Caller } from "../caller.ts";
import type { Failure } from "../errors.ts";
import { ANTHROPIC, type Target } from "../targets/target.ts";
import {
  type Answer,
  BEDROCK,
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
  VERTEX_MESSAGE,
} from "./chain-in-test.ts";

afterEach(() => {
  vi.useRealTimers();
});

const runDirect = (answers: readonly Answer[], circumstances: Circumstances = {}) =>
  run(answers, { groupSize: 1, ...circumstances });

describe("a chain", () => {
  it("continues after a target's failure", async () => {
    expect(await runDirect([failed(529), ok()])).toMatchObject({
      calls: ["anthropic", "vertex/us-east5"],
      attempts: "anthropic=529;vertex/us-east5=200",
      served: "vertex/us-east5",
    });
  });

  it("continues after a call without a response", async () => {
    expect(await runDirect([lost, lost])).toMatchObject({
      attempts: "anthropic=no_connection;vertex/us-east5=no_connection",
      status: 502,
    });
  });

  it("continues if the gateway got no response", async () => {
    expect(await runDirect([gatewayError(2005), ok()])).toMatchObject({
      attempts: "anthropic=gateway:2005;vertex/us-east5=200",
    });
  });

  it("continues after a 400 about a limit of our account", async () => {
    const message = "Your credit balance is too low to access the Anthropic API.";

    expect(await runDirect([failed(400, {}, message), ok()])).toMatchObject({ served: "vertex/us-east5" });
  });

  it("continues after a 404 for a model in the table", async () => {
    expect(await runDirect([failed(404), ok()])).toMatchObject({ served: "vertex/us-east5" });
  });

  it("ends with a 404 for an unknown model", async () => {
    expect(await runDirect([failed(404)], { expected: { modelIsKnown: false } })).toMatchObject({
      calls: ["anthropic"],
      status: 404,
      isCallerError: true,
    });
  });

  it.each([400, 413, 422])("ends with the caller's error %i", async (status) => {
    expect(await runDirect([failed(status)])).toMatchObject({ calls: ["anthropic"], status, isCallerError: true });
  });

  it("ends with the caller's error from a later target, even after a 429", async () => {
    expect(await runDirect([failed(429, { "retry-after": "3" }), failed(413)])).toMatchObject({
      attempts: "anthropic=429;vertex/us-east5=413",
      status: 413,
      isCallerError: true,
    });
  });

  it("continues after Vertex's 400 for a feature that only Anthropic supports", async () => {
    const isUnsupported = (target: Target) => target.kind === "vertex";
    const result = await runDirect([failed(529), failed(400), ok()], {
      targets: [ANTHROPIC, US_EAST5, US],
      isUnsupported,
    });

    expect(result).toMatchObject({ attempts: "anthropic=529;vertex/us-east5=400;vertex/us=200", served: "vertex/us" });
  });

  it("does not return Vertex's 400 for a feature that only Anthropic supports", async () => {
    const isUnsupported = (target: Target) => target.kind === "vertex";

    expect(await runDirect([failed(529), failed(400)], { isUnsupported })).toMatchObject({
      status: 529,
      isCallerError: false,
    });
  });

  it.each([2003, 2041])("ends with a 429 at the gateway's limit %i", async (code) => {
    const result = await runDirect([gatewayError(code)]);

    expect(result).toMatchObject({ calls: ["anthropic"], attempts: "anthropic=?", status: 429 });
    expect(result.failure?.headers.get("x-should-retry")).toBeNull();
  });

  it.each([2001, 2008, 2009, 2040])(
    "ends with a 502 after the gateway's error %i, which only a deployment repairs",
    async (code) => {
      const result = await runDirect([gatewayError(code)]);

      expect(result).toMatchObject({ calls: ["anthropic"], attempts: "anthropic=?", status: 502 });
      expect(result.failure?.headers.get("x-should-retry")).toBe("false");
    },
  );

  it("ends with the gateway's limit also in a call with several targets", async () => {
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
    ["the first of other failures", [failed(500), failed(503)], 500],
    ["any failure before a refused credential", [failed(401), failed(500)], 500],
    ["a 502 if all credentials were refused", [failed(401), failed(403)], 502],
  ])("the caller gets the most useful failure: %s", async (_what, answers, status) => {
    expect(await runDirect(answers)).toMatchObject({ status, isCallerError: false });
  });

  it("the caller gets the 429's retry-after", async () => {
    const { failure } = await runDirect([failed(429), failed(429, { "retry-after": "3" })]);

    expect(failure?.headers.get("retry-after")).toBe("3");
  });
});

describe("a repaired target", () => {
  it("is asked again before the others", async () => {
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

  it("is asked again only once", async () => {
    const repair = (target: Target) => target.kind === "vertex";

    expect(await runDirect([failed(529), failed(400), failed(400)], { repair })).toMatchObject({
      calls: ["anthropic", "vertex/us-east5", "vertex/us-east5"],
      status: 400,
    });
  });

  it("does not count as failed", async () => {
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

  it("repeats the call with the other token", async () => {
    const result = await run([gatewayError(2009), ok()], { otherRunToken: others(1) });

    expect(result).toMatchObject({ calls: Array(2).fill("anthropic+vertex/us-east5"), status: 200 });
  });

  it("ends the chain if the other token is refused too", async () => {
    const result = await run([gatewayError(2009), gatewayError(2009)], { otherRunToken: others(1) });

    expect(result).toMatchObject({ calls: Array(2).fill("anthropic+vertex/us-east5"), status: 502 });
  });

  it("is the only gateway error that repeats a call", async () => {
    expect((await run([gatewayError(2003)], { otherRunToken: others(9) })).calls).toHaveLength(1);
  });
});

describe("Google's token", () => {
  const absent = { hasToken: () => false };
  const never = { ...absent, fetchToken: () => Promise.reject(new Error("google_token_timeout")) };

  it("is not fetched while Anthropic can be asked", async () => {
    let fetched = 0;
    const fetchToken = async () => void fetched++;

    expect(await run([ok()], { ...absent, fetchToken })).toMatchObject({ calls: ["anthropic"], served: "anthropic" });
    expect(fetched).toBe(0);
  });

  it("is fetched when Anthropic has failed", async () => {
    const { calls } = await run([failed(529), ok()], absent);

    expect(calls).toEqual(["anthropic", "vertex/us-east5"]);
  });

  it("is awaited until the chain's deadline at most", async () => {
    const deadlineMs = Date.now() + 12_345;
    const deadlines: number[] = [];
    const fetchToken = async (untilMs: number) => void deadlines.push(untilMs);

    await run([failed(529), ok()], { ...absent, fetchToken, limits: { deadlineMs } });

    expect(deadlines).toEqual([deadlineMs]);
  });

  it("is the reason in the attempts if it cannot be fetched", async () => {
    expect(await run([failed(529)], { ...never, targets: [ANTHROPIC, US_EAST5, US] })).toMatchObject({
      calls: ["anthropic"],
      attempts: "anthropic=529;vertex/us-east5=google_token_timeout;vertex/us=google_token_timeout",
      status: 529,
    });
  });

  it("does not prevent a call to Anthropic if it cannot be fetched and Vertex is forced", async () => {
    expect(await run([ok()], { ...never, targets: [US_EAST5, ANTHROPIC], waitsForGoogle: true })).toMatchObject({
      calls: ["anthropic"],
      attempts: "vertex/us-east5=google_token_timeout;anthropic=200",
    });
  });

  it("delays no target that needs none, whatever the order of the chain", async () => {
    const targets = [US_EAST5, ANTHROPIC, BEDROCK];

    const result = await runDirect([failed(529), failed(529)], { ...never, targets });

    expect(result).toMatchObject({
      calls: ["anthropic", "bedrock/us-east-1"],
      attempts: "anthropic=529;bedrock/us-east-1=529;vertex/us-east5=google_token_timeout",
    });
  });

  it("is awaited if only a target with an open circuit needs none", async () => {
    const targets = [US_EAST5, ANTHROPIC];

    const result = await runDirect([ok()], { ...absent, targets, open: [ANTHROPIC] });

    expect(result).toMatchObject({ calls: ["vertex/us-east5"] });
  });

  it("lets Vertex keep its place if it has come while Anthropic was asked", async () => {
    const tokens = [false, true];
    const hasToken = () => tokens.shift() ?? true;
    const targets = [ANTHROPIC, US_EAST5, BEDROCK];

    const { calls } = await run([failed(529), ok(step(0), VERTEX_MESSAGE)], { hasToken, targets });

    expect(calls).toEqual(["anthropic", "vertex/us-east5+bedrock/us-east-1"]);
  });

  it("counts against no target if it cannot be fetched", async () => {
    const breaker = breakerOf(1);

    await run([ok()], { ...never, targets: [US_EAST5, ANTHROPIC], breaker });

    expect(breaker.openCircuits(REQUESTER)).toEqual([]);
  });
});

describe("the breaker", () => {
  async function openAfter(answers: readonly Answer[], more: Circumstances = {}): Promise<string[]> {
    const breaker = breakerOf(1);
    await runDirect(answers, { targets: [ANTHROPIC], breaker, ...more });
    return breaker.openCircuits(REQUESTER);
  }

  it("counts a target's failure for all clients", async () => {
    expect(await openAfter([failed(529)])).toEqual(["alice|anthropic m", "anthropic m"]);
  });

  it("counts an unclear failure for this client only", async () => {
    expect(await openAfter([lost])).toEqual(["alice|anthropic m"]);
  });

  it("counts a gateway error without a response for this client only", async () => {
    expect(await openAfter([gatewayError(2005)])).toEqual(["alice|anthropic m"]);
  });

  it.each<[string, Answer, Circumstances]>([
    ["a caller's error", failed(400), {}],
    ["a 400 for an unsupported feature", failed(400), { isUnsupported: () => true }],
    ["a limit of the gateway", gatewayError(2003), {}],
    ["an answer", ok(), {}],
  ])("does not count %s", async (_what, answer, more) => {
    expect(await openAfter([answer], more)).toEqual([]);
  });
});

describe("an answer", () => {
  const event = 'event: content_block_delta\ndata: {"type":"content_block_delta"}\n\n';
  const begins: Answer = () => new Response(event, { headers: { "content-type": "text/event-stream" } });

  /**
   * A target fails, answers, and fails again. Its circuit opens only if both failures count in a
   * row.
   */
  async function openAfter(answer: Answer, stream: boolean): Promise<string[]> {
    const breaker = breakerOf(2);
    for (const next of [failed(529), answer, failed(529)]) {
      await runDirect([next], { targets: [ANTHROPIC], breaker, expected: { stream } });
    }
    return breaker.openCircuits(REQUESTER);
  }

  it("that is complete resets the count of failures", async () => {
    expect(await openAfter(ok(), false)).toEqual([]);
  });

  it("that has only begun does not reset the count of failures", async () => {
    expect(await openAfter(begins, true)).toEqual(["alice|anthropic m", "anthropic m"]);
  });
});

describe("a caller that leaves", () => {
  it("ends the chain, without another call and without a counted failure", async () => {
    const leaving = new AbortController();
    const breaker = breakerOf(1);
    const leaves: Answer = () => {
      leaving.abort();
      throw new DOMException("left", "AbortError");
    };

    const result = await runDirect([leaves, ok()], { caller: new Caller(leaving.signal), breaker });

    expect(result).toMatchObject({ calls: ["anthropic"], attempts: "", served: undefined });
    expect(breaker.openCircuits(REQUESTER)).toEqual([]);
  });

  it("before the chain begins prevents every call", async () => {
    const leaving = new AbortController();
    leaving.abort();

    expect((await runDirect([], { caller: new Caller(leaving.signal) })).calls).toEqual([]);
  });
});

describe("a deadline", () => {
  it("that has passed prevents every call", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });

    const result = await run([], { limits: { deadlineMs: Date.now() } });

    expect(result).toMatchObject({ calls: [], status: 504, failure: { label: "deadline" } satisfies Partial<Failure> });
  });

  it("that passes between two targets ends the chain with the failure of the first", async () => {
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

  it("that passes prevents the calls to hidden targets", async () => {
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
