import { describe, expect, it, vi } from "vitest";
import { type Walk, walk } from "./failover.ts";
import { ANTHROPIC, type Target, targetName } from "./target.ts";

const US_EAST5: Target = { kind: "vertex", location: "us-east5" };
const US: Target = { kind: "vertex", location: "us" };

const MESSAGE = JSON.stringify({ id: "msg_1", type: "message", stop_reason: "end_turn" });
const VERTEX_MESSAGE = JSON.stringify({ id: "msg_vrtx_1", type: "message", stop_reason: "end_turn" });

interface Answered {
  status: number;
  body?: string;
  headers?: Record<string, string>;
}

const ok = (headers?: Record<string, string>, body = MESSAGE): Answered => ({
  status: 200,
  body,
  ...(headers ? { headers } : {}),
});
const failed = (status: number, headers: Record<string, string> = {}, message = "m"): Answered => ({
  status,
  headers,
  body: JSON.stringify({ type: "error", error: { type: "some_error", message } }),
});
const gatewayError = (code: number): Answered => ({
  status: 400,
  body: JSON.stringify({ success: false, error: [{ code, message: "m" }] }),
});

/** Walks with the given answers, in the order of the calls; an Error is what the call rejects with. */
async function walked(answers: readonly (Answered | Error)[], more: Partial<Walk> = {}) {
  const calls: string[] = [];
  const health: string[] = [];
  const left = [...answers];
  const result = await walk({
    targets: [ANTHROPIC, US_EAST5],
    expected: {
      stream: false,
      firstEventMs: 100,
      modelIsKnown: true,
      requestId: "req_t",
      onStreamEnd: () => undefined,
    },
    deadlineMs: Date.now() + 60_000,
    maxBatch: 9,
    limitMs: () => 60_000,
    signal: new AbortController().signal,
    anthropicIsOpen: false,
    vertexToken: { isAtHand: () => true, fetch: async () => undefined },
    send: async (targets) => {
      calls.push(targets.map(targetName).join("+"));
      const answer = left.shift();
      if (!answer) throw new Error("no call was expected");
      if (answer instanceof Error) throw answer;
      return new Response(answer.body ?? "", answer);
    },
    repair: () => false,
    otherRunToken: () => false,
    onHealth: (target, failure) => {
      const told = failure === undefined ? "well" : failure === "unknown" ? "?" : String(failure.label);
      health.push(`${targetName(target)}: ${told}`);
    },
    ...more,
  });
  return {
    calls,
    health,
    attempts: result.attempts.map(({ target, result: told }) => `${target}=${told}`).join(";"),
    served: result.served && targetName(result.served),
    status: result.response?.status ?? result.failure?.status,
    result,
  };
}

const lost = () => new Error("Network connection lost.");
const timeout = () => new DOMException("no first byte", "TimeoutError");

describe("a batch that the gateway walks", () => {
  it("was answered by the step that it names", async () => {
    expect(await walked([ok({ "cf-aig-step": "1" })])).toMatchObject({
      calls: ["anthropic+vertex/us-east5"],
      attempts: "anthropic=?;vertex/us-east5=200",
      served: "vertex/us-east5",
      health: ["anthropic: ?", "vertex/us-east5: well"],
    });
  });

  it.each([
    ["by the id of Vertex's message", ok({}, VERTEX_MESSAGE), "vertex/us-east5"],
    ["by the id of Anthropic's message", ok({}, MESSAGE), "anthropic"],
    ["by the id where the named step is none", ok({ "cf-aig-step": "7" }, VERTEX_MESSAGE), "vertex/us-east5"],
  ])("was answered, where it names none, %s", async (_how, answer, served) => {
    expect((await walked([answer])).served).toBe(served);
  });

  it("was answered by somebody, where two could have been", async () => {
    const { served, attempts, status } = await walked([ok({}, VERTEX_MESSAGE)], { targets: [ANTHROPIC, US_EAST5, US] });
    expect({ served, attempts, status }).toEqual({
      served: undefined,
      attempts: "anthropic=?;vertex/us-east5=?;vertex/us=?",
      status: 200,
    });
  });

  it("goes on behind the step that gave no answer", async () => {
    const { calls, served, attempts } = await walked([ok({ "cf-aig-step": "0" }, ""), ok()]);
    expect(calls).toEqual(["anthropic+vertex/us-east5", "vertex/us-east5"]);
    expect({ served, attempts }).toEqual({
      served: "vertex/us-east5",
      attempts: "anthropic=200:empty;vertex/us-east5=200",
    });
  });

  it("has Anthropic asked alone when its last step failed, and that is the answer: an error", async () => {
    const { calls, status, attempts, health } = await walked([failed(429, { "cf-aig-step": "1" }), failed(400)]);
    expect(calls).toEqual(["anthropic+vertex/us-east5", "anthropic"]);
    expect({ status, attempts }).toEqual({ status: 400, attempts: "anthropic=?;vertex/us-east5=429;anthropic=400" });
    expect(health).toEqual(["vertex/us-east5: 429"]);
  });

  it("has Anthropic asked alone when its last step failed, and that is the answer: a success", async () => {
    expect(await walked([failed(529, { "cf-aig-step": "1" }), ok()])).toMatchObject({
      served: "anthropic",
      status: 200,
    });
  });

  it("answers the most useful of what is known where Anthropic gives no answer even then", async () => {
    expect(await walked([failed(429, { "cf-aig-step": "1" }), lost()])).toMatchObject({ status: 429 });
  });

  it("does not have Anthropic asked again when its breaker is open", async () => {
    const { calls, status } = await walked([failed(429, { "cf-aig-step": "1" })], { anthropicIsOpen: true });
    expect({ calls, status }).toEqual({ calls: ["anthropic+vertex/us-east5"], status: 429 });
  });

  it("does not have Anthropic asked again when time is up", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const send = async () => {
      vi.setSystemTime(Date.now() + 61_000);
      return new Response(failed(429).body ?? "", { status: 429, headers: { "cf-aig-step": "1" } });
    };
    const { attempts, status } = await walked([], { send });
    vi.useRealTimers();
    expect({ attempts, status }).toEqual({ attempts: "anthropic=?;vertex/us-east5=429", status: 429 });
  });

  it.each([
    [2003, 429],
    [2041, 429],
    [2001, 502],
    [2008, 502],
    [2009, 502],
    [2040, 502],
  ])("ends with the gateway's own verdict %i", async (code, status) => {
    const { calls, attempts, result } = await walked([gatewayError(code)]);
    expect(calls).toHaveLength(1);
    expect(attempts).toBe("anthropic=?;vertex/us-east5=?");
    expect(result.failure?.status).toBe(status);
    expect(result.failure?.headers.get("x-should-retry")).toBe(status === 502 ? "false" : null);
  });

  it("answers that nobody was reached where every call was lost", async () => {
    const { attempts, status } = await walked([lost(), lost()], { anthropicIsOpen: true });
    expect({ attempts, status }).toEqual({
      attempts: "anthropic=?;vertex/us-east5=?;vertex/us-east5=no_connection",
      status: 502,
    });
  });

  it("goes on behind the step whose answer stops half way, though it stopped for longer than the call may take", async () => {
    const stalled = new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }), {
      headers: { "cf-aig-step": "0" },
    });
    const answers = [stalled, new Response(MESSAGE)];
    const send: Walk["send"] = async (_targets, signal) => {
      const response = answers.shift() ?? Response.error();
      if (response !== stalled) return response;
      const reader = response.body?.getReader();
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => signal.addEventListener("abort", () => controller.error(signal.reason)),
        pull: async (controller) => controller.enqueue((await reader?.read())?.value ?? new Uint8Array()),
      });
      return new Response(body, response);
    };
    const targets = [US_EAST5, ANTHROPIC];
    const { attempts, served } = await walked([], { targets, send, limitMs: () => 20, anthropicIsOpen: true });
    expect({ attempts, served }).toEqual({ attempts: "vertex/us-east5=timeout;anthropic=200", served: "anthropic" });
  });

  it("still tries Anthropic where it was not the first and nothing tells who failed", async () => {
    const { calls, served } = await walked([lost(), ok({ "cf-aig-step": "1" })], {
      targets: [US_EAST5, ANTHROPIC],
      anthropicIsOpen: true,
    });
    expect(calls).toEqual(["vertex/us-east5+anthropic", "vertex/us-east5+anthropic"]);
    expect(served).toBe("anthropic");
  });

  it("tries each Vertex target once more where nothing tells who failed, never twice", async () => {
    const { calls, status } = await walked([lost(), lost(), failed(500)], { targets: [ANTHROPIC, US_EAST5, US] });
    expect(calls).toEqual(["anthropic+vertex/us-east5+vertex/us", "vertex/us-east5+vertex/us", "anthropic"]);
    expect(status).toBe(500);
  });
});

describe("one target a call", () => {
  const direct = { maxBatch: 1 };

  it("goes on after the target's failure", async () => {
    expect(await walked([failed(529), ok()], direct)).toMatchObject({
      calls: ["anthropic", "vertex/us-east5"],
      attempts: "anthropic=529;vertex/us-east5=200",
      health: ["anthropic: 529", "vertex/us-east5: well"],
    });
  });

  it.each([
    [lost(), "no_connection", 502],
    [timeout(), "timeout", 504],
  ])("takes a rejected call for the target's failure", async (error, label, status) => {
    const { attempts, result } = await walked([error, error], direct);
    expect(attempts).toBe(`anthropic=${label};vertex/us-east5=${label}`);
    expect(result.failure?.status).toBe(status);
  });

  it("returns the caller's own error as it is, and holds it against nobody", async () => {
    expect(await walked([failed(400)], direct)).toMatchObject({ calls: ["anthropic"], status: 400, health: [] });
    expect(await walked([failed(413)], direct)).toMatchObject({ calls: ["anthropic"], status: 413 });
  });

  it.each(["Your credit balance is too low to access the API", "You have reached your specified API usage limits"])(
    "takes a 400 about our account for the target's failure: %s",
    async (message) => {
      expect(await walked([failed(400, {}, message), ok()], direct)).toMatchObject({ served: "vertex/us-east5" });
    },
  );

  it("takes a 404 for the caller's only where the model is unknown", async () => {
    expect(await walked([failed(404), ok()], direct)).toMatchObject({ served: "vertex/us-east5" });
    const expected = {
      stream: false,
      firstEventMs: 1,
      modelIsKnown: false,
      requestId: "r",
      onStreamEnd: () => undefined,
    };
    expect(await walked([failed(404)], { ...direct, expected })).toMatchObject({ status: 404, calls: ["anthropic"] });
  });

  it("goes on after the gateway has got no response", async () => {
    expect(await walked([gatewayError(2005), ok()], direct)).toMatchObject({
      attempts: "anthropic=gateway:2005;vertex/us-east5=200",
    });
  });

  it("shows the gateway another run token where it has one, and only then", async () => {
    const oneOther = () => {
      let left = 1;
      return () => left-- > 0;
    };
    const rotated = await walked([gatewayError(2009), ok()], { otherRunToken: oneOther() });
    expect(rotated).toMatchObject({ status: 200 });
    expect(rotated.calls[1]).toEqual(rotated.calls[0]);
    const refused = await walked([gatewayError(2009), gatewayError(2009)], { otherRunToken: oneOther() });
    expect(refused).toMatchObject({ status: 502 });
  });

  it("tries a repaired target once more, and only once", async () => {
    let repairs = 0;
    const repair = (target: Target) => target.kind === "vertex" && ++repairs < 9;
    const { calls, status } = await walked([failed(529), failed(400), failed(400)], { ...direct, repair });
    expect(calls).toEqual(["anthropic", "vertex/us-east5", "vertex/us-east5"]);
    expect(status).toBe(400);
  });

  it.each<[string, Answered[], number]>([
    ["429 with its retry-after", [failed(429), failed(429, { "retry-after": "3" })], 429],
    ["429", [failed(529), failed(429)], 429],
    ["529", [failed(500), failed(529)], 529],
    ["the first of the rest", [failed(500), failed(503)], 500],
    ["anything but a refused credential", [failed(401), failed(500)], 500],
    ["a 502 where only credentials failed", [failed(401), failed(403)], 502],
  ])("answers the most useful error when all failed: %s", async (what, answers, status) => {
    const { result } = await walked(answers, direct);
    expect(result.failure?.status).toBe(status);
    if (what.includes("retry-after")) expect(result.failure?.headers.get("retry-after")).toBe("3");
  });
});

describe("Google's token", () => {
  const never = { isAtHand: () => false, fetch: () => Promise.reject(new Error("google_token_timeout")) };

  it("is not waited for while Anthropic can be asked", async () => {
    let fetched = 0;
    const vertexToken = { isAtHand: () => false, fetch: async () => void fetched++ };
    expect(await walked([ok()], { vertexToken })).toMatchObject({ calls: ["anthropic"], served: "anthropic" });
    expect(fetched).toBe(0);
    expect(await walked([failed(529), ok()], { vertexToken })).toMatchObject({
      calls: ["anthropic", "vertex/us-east5"],
    });
    expect(fetched).toBe(1);
  });

  it("that does not come is why Vertex was not tried", async () => {
    const { attempts, status } = await walked([failed(529)], { vertexToken: never });
    expect({ attempts, status }).toEqual({
      attempts: "anthropic=529;vertex/us-east5=google_token_timeout",
      status: 529,
    });
  });

  it("that does not come leaves Anthropic where Vertex is first", async () => {
    const { calls, served } = await walked([ok()], { targets: [US_EAST5, ANTHROPIC], vertexToken: never });
    expect({ calls, served }).toEqual({ calls: ["anthropic"], served: "anthropic" });
  });
});

describe("a caller that leaves", () => {
  it("ends the walk: no other target is called, nobody's health is touched", async () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const { health, result } = await walked([], {
      maxBatch: 1,
      signal: controller.signal,
      send: async (targets) => {
        calls.push(targets.map(targetName).join());
        controller.abort();
        throw new DOMException("left", "AbortError");
      },
    });
    expect(calls).toEqual(["anthropic"]);
    expect(health).toEqual([]);
    expect(result.response).toBeUndefined();
  });
});

it("gives up at its deadline", async () => {
  const { calls, status } = await walked([], { deadlineMs: Date.now() - 1 });
  expect({ calls, status }).toEqual({ calls: [], status: 504 });
});
