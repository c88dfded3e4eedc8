/** The time limits of one call, and the end of its connection. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Caller } from "../caller.ts";
import type { Expectation } from "../response/classify.ts";
import { EXPECTED } from "../response/expectation-in-test.ts";
import { type Attempted, type AttemptLimits, attempt, namedStep } from "./attempt.ts";

const MESSAGE = JSON.stringify({ id: "msg_1", type: "message", content: [] });
const TARGET_MS = 10_000;
const NOW_MS = 1_800_000_000_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: NOW_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Gives no response until the signal is aborted, as `fetch` does. */
function neverAnswers(signal: AbortSignal): Promise<Response> {
  return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

function stallsAfterHeaders(headers: HeadersInit, headersMs = 0) {
  return async (signal: AbortSignal) => {
    await wait(headersMs);
    const body = new ReadableStream({
      start: (controller) => signal.addEventListener("abort", () => controller.error(signal.reason)),
    });
    return new Response(body, { headers });
  };
}

function startedStream(): Response {
  const text = 'event: content_block_delta\ndata: {"type":"content_block_delta"}\n\n';
  return new Response(text, { headers: { "content-type": "text/event-stream" } });
}

interface Circumstances {
  targets?: number;
  expected?: Partial<Expectation>;
  limits?: Partial<AttemptLimits>;
  signal?: AbortSignal;
}

function attempted(
  send: (signal: AbortSignal) => Promise<Response>,
  { targets = 1, expected, limits, signal = new AbortController().signal }: Circumstances = {},
): Promise<Attempted> {
  return attempt(
    send,
    targets,
    { ...EXPECTED, ...expected },
    { targetMs: TARGET_MS, firstEventMs: 60_000, deadlineMs: NOW_MS + 300_000, ...limits },
    new Caller(signal),
  );
}

/** @returns after how many milliseconds the attempt gave up, and why */
async function gaveUp(attempting: Promise<Attempted>) {
  await vi.advanceTimersByTimeAsync(300_000);
  const { outcome, ms } = await attempting;
  return { ms, label: "failure" in outcome ? outcome.failure.label : outcome.kind };
}

describe("a call without a response", () => {
  it("gives up after the limit of its target", async () => {
    expect(await gaveUp(attempted(neverAnswers))).toEqual({ ms: TARGET_MS, label: "timeout" });
  });

  it("gives up after the sum of its targets' limits", async () => {
    expect(await gaveUp(attempted(neverAnswers, { targets: 3 }))).toEqual({ ms: 3 * TARGET_MS, label: "timeout" });
  });

  it("gives up at the chain's deadline", async () => {
    const limits = { deadlineMs: NOW_MS + 7_000 };

    expect(await gaveUp(attempted(neverAnswers, { targets: 3, limits }))).toEqual({ ms: 7_000, label: "timeout" });
  });

  it("is a failed connection if `fetch` rejects", async () => {
    const { outcome, response } = await attempted(() => Promise.reject(new Error("Network connection lost.")));

    expect(outcome).toMatchObject({
      kind: "failure",
      blame: "unclear",
      failure: { label: "no_connection", status: 502 },
    });
    expect(response).toBeUndefined();
  });

  it("rethrows an exception of our own, from before the call", async () => {
    const broken = () => {
      throw new TypeError("a defect");
    };

    await expect(attempted(broken)).rejects.toThrow("a defect");
  });
});

describe("the limit of a body that does not end is", () => {
  it.each<[string, number, HeadersInit, number]>([
    ["the target's limit, from the start of the call, for one target", 1, {}, TARGET_MS],
    ["the same for the first of three steps", 3, { "cf-aig-step": "0" }, TARGET_MS],
    ["the target's limit, from the headers, for the last of three steps", 3, { "cf-aig-step": "2" }, TARGET_MS + 1_000],
    ["the same for an unnamed step", 3, {}, TARGET_MS + 1_000],
    ["the same for a step that does not exist", 3, { "cf-aig-step": "9" }, TARGET_MS + 1_000],
    ["the same for a step that is not a number", 3, { "cf-aig-step": "x" }, TARGET_MS + 1_000],
    ["the same for a negative step", 3, { "cf-aig-step": "-1" }, TARGET_MS + 1_000],
  ])("%s", async (_what, targets, headers, ms) => {
    expect(await gaveUp(attempted(stallsAfterHeaders(headers, 1_000), { targets }))).toEqual({ ms, label: "timeout" });
  });

  it("never after the limit of the last step, for an unnamed step", async () => {
    const attempting = attempted(stallsAfterHeaders({}, 2.5 * TARGET_MS), { targets: 3 });

    expect(await gaveUp(attempting)).toEqual({ ms: 3 * TARGET_MS, label: "timeout" });
  });

  it("never after the chain's deadline", async () => {
    const limits = { deadlineMs: NOW_MS + 7_000 };

    expect(await gaveUp(attempted(stallsAfterHeaders({}), { limits }))).toEqual({ ms: 7_000, label: "timeout" });
  });
});

describe("a stream without content", () => {
  const headers = { "content-type": "text/event-stream" };

  it("gives up after the limit for the first event, counted from the headers", async () => {
    const attempting = attempted(stallsAfterHeaders(headers, 9_000), { expected: { stream: true } });

    expect(await gaveUp(attempting)).toEqual({ ms: 9_000 + 60_000, label: "200:event_timeout" });
  });

  it("gives up at the chain's deadline", async () => {
    const limits = { deadlineMs: NOW_MS + 7_000 };
    const attempting = attempted(stallsAfterHeaders(headers), { expected: { stream: true }, limits });

    expect(await gaveUp(attempting)).toEqual({ ms: 7_000, label: "200:event_timeout" });
  });
});

describe("the connection", () => {
  it.each([
    ["a failure", new Response("", { status: 529 })],
    ["a caller's error", new Response("", { status: 413 })],
  ])("is closed after %s", async (_what, response) => {
    const { limit } = await attempted(async () => response);

    expect(limit.signal.aborted).toBe(true);
  });

  it("is not aborted after a complete answer, even if the caller leaves", async () => {
    const leaving = new AbortController();
    const { limit } = await attempted(async () => new Response(MESSAGE), { signal: leaving.signal });

    leaving.abort();

    expect(limit.signal.aborted).toBe(false);
  });

  it("stays open for a stream that has begun, until the caller leaves", async () => {
    const leaving = new AbortController();
    const { limit } = await attempted(async () => startedStream(), {
      expected: { stream: true },
      signal: leaving.signal,
    });

    const wasOpen = !limit.signal.aborted;
    leaving.abort();

    expect({ wasOpen, isOpen: !limit.signal.aborted }).toEqual({ wasOpen: true, isOpen: false });
  });

  it("is closed when the caller leaves before there is a response", async () => {
    const leaving = new AbortController();
    const attempting = attempted(neverAnswers, { signal: leaving.signal });

    leaving.abort();

    expect((await attempting).outcome).toMatchObject({ failure: { label: "no_connection" } });
  });

  it.each<[string, boolean, () => Response]>([
    ["a complete answer", false, () => new Response(MESSAGE)],
    ["a stream that has begun", true, startedStream],
  ])("leaves no timer behind after %s", async (_what, stream, respond) => {
    await attempted(async () => respond(), { expected: { stream } });

    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the step that the gateway names", () => {
  it.each<[string | undefined, number | undefined]>([
    ["0", 0],
    ["10", 10],
    ["11", 11],
    ["12", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["1x", undefined],
    ["x1", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("in a call with twelve steps, from the header %j, is %j", (named, step) => {
    const response = new Response(null, { headers: named === undefined ? {} : { "cf-aig-step": named } });

    expect(namedStep(response, 12)).toBe(step);
  });
});
