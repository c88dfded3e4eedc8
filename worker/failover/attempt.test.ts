/** How long one call may take, and that its connection is closed when it is over. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Caller } from "../caller.ts";
import type { Expectation } from "../response/classify.ts";
import { type Attempted, type AttemptLimits, attempt, namedStep } from "./attempt.ts";

const EXPECTED: Expectation = {
  stream: false,
  shape: "message",
  modelIsKnown: true,
  namesStoredObjects: false,
  callerChoseAccount: false,
};
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

/** As `fetch` does it: no response before the signal fires, or a body that never ends. */
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

function begunStream(): Response {
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

/** After how many milliseconds the attempt gave up, and why. */
async function gaveUp(attempting: Promise<Attempted>) {
  await vi.advanceTimersByTimeAsync(300_000);
  const { outcome, ms } = await attempting;
  return { ms, label: "failure" in outcome ? outcome.failure.label : outcome.kind };
}

describe("a call without a response", () => {
  it("gives up after the time of its target", async () => {
    expect(await gaveUp(attempted(neverAnswers))).toEqual({ ms: TARGET_MS, label: "timeout" });
  });

  it("gives up after the time of all its targets", async () => {
    expect(await gaveUp(attempted(neverAnswers, { targets: 3 }))).toEqual({ ms: 3 * TARGET_MS, label: "timeout" });
  });

  it("gives up when the chain does", async () => {
    const limits = { deadlineMs: NOW_MS + 7_000 };

    expect(await gaveUp(attempted(neverAnswers, { targets: 3, limits }))).toEqual({ ms: 7_000, label: "timeout" });
  });

  it("could not reach its target where it is rejected", async () => {
    const { outcome, response } = await attempted(() => Promise.reject(new Error("Network connection lost.")));

    expect(outcome).toMatchObject({
      kind: "failure",
      blame: "unclear",
      failure: { label: "no_connection", status: 502 },
    });
    expect(response).toBeUndefined();
  });

  it("passes on what was thrown before it was made: a defect of ours", async () => {
    const broken = () => {
      throw new TypeError("a defect");
    };

    await expect(attempted(broken)).rejects.toThrow("a defect");
  });
});

describe("a body that does not end", () => {
  it.each<[string, number, HeadersInit, number]>([
    ["of one target has its time in all", 1, {}, TARGET_MS],
    ["of the first of three steps has its time", 3, { "cf-aig-step": "0" }, TARGET_MS],
    ["of the last of three steps has its own time", 3, { "cf-aig-step": "2" }, TARGET_MS + 1_000],
    ["of a step that is not named has its own time", 3, {}, TARGET_MS + 1_000],
    ["of a step that does not exist has its own time", 3, { "cf-aig-step": "9" }, TARGET_MS + 1_000],
    ["of a step that is no number has its own time", 3, { "cf-aig-step": "x" }, TARGET_MS + 1_000],
    ["of a step below zero has its own time", 3, { "cf-aig-step": "-1" }, TARGET_MS + 1_000],
  ])("%s", async (_what, targets, headers, ms) => {
    expect(await gaveUp(attempted(stallsAfterHeaders(headers, 1_000), { targets }))).toEqual({ ms, label: "timeout" });
  });

  it("of a step that is not named ends with the time of the last step", async () => {
    const attempting = attempted(stallsAfterHeaders({}, 2.5 * TARGET_MS), { targets: 3 });

    expect(await gaveUp(attempting)).toEqual({ ms: 3 * TARGET_MS, label: "timeout" });
  });

  it("gives up when the chain does", async () => {
    const limits = { deadlineMs: NOW_MS + 7_000 };

    expect(await gaveUp(attempted(stallsAfterHeaders({}), { limits }))).toEqual({ ms: 7_000, label: "timeout" });
  });
});

describe("a stream without content", () => {
  const headers = { "content-type": "text/event-stream" };

  it("gives up after the time to its first event, counted from its headers", async () => {
    const attempting = attempted(stallsAfterHeaders(headers, 9_000), { expected: { stream: true } });

    expect(await gaveUp(attempting)).toEqual({ ms: 9_000 + 60_000, label: "200:event_timeout" });
  });

  it("gives up when the chain does", async () => {
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

  it("is left to end by itself after a whole answer, whether or not the caller leaves", async () => {
    const leaving = new AbortController();
    const { limit } = await attempted(async () => new Response(MESSAGE), { signal: leaving.signal });

    leaving.abort();

    expect(limit.signal.aborted).toBe(false);
  });

  it("stays open for a stream that has begun, until the caller leaves", async () => {
    const leaving = new AbortController();
    const { limit } = await attempted(async () => begunStream(), {
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
    ["a whole answer", false, () => new Response(MESSAGE)],
    ["a stream that has begun", true, begunStream],
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
  ])("is, of twelve steps and with %j: %j", (named, step) => {
    const response = new Response(null, { headers: named === undefined ? {} : { "cf-aig-step": named } });

    expect(namedStep(response, 12)).toBe(step);
  });
});
