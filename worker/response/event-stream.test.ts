/** Tests whether the beginning of an event stream is content, an error, or nothing. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { decodeText } from "../bytes.ts";
import { Caller } from "../caller.ts";
import { TimeLimit } from "../time-limit.ts";
import { type Opening, openStream } from "./event-stream.ts";
import { type End, ERROR, eventOf, type Items, PING, START, STOP, streamOf } from "./streams-in-test.ts";

const BLOCK = eventOf("content_block_start");
const DELTA = eventOf("content_block_delta");

function limitOf(ms: number): TimeLimit {
  const limit = new TimeLimit(new Caller(new AbortController().signal));
  limit.set(ms);
  return limit;
}

async function opened(items: Items, end: End = "is silent", limitMs = 60_000) {
  const limit = limitOf(limitMs);
  return openStream(streamOf(items, end, limit), limit);
}

/** The opening as a value that tests can compare. */
function comparable(opening: Opening) {
  if (opening.kind !== "content") return opening;
  const { first, messageId } = opening.stream;
  return { kind: "content", first: decodeText(first.pass), end: first.end, messageId };
}

function chunksOf(text: string, cuts: readonly number[]): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return borders
    .slice(1)
    .map((border, i) => bytes.subarray(borders[i], border))
    .filter(({ length }) => length > 0);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the first content", () => {
  it.each([
    ["a delta", START + PING + BLOCK + DELTA],
    ["a delta without a block", START + DELTA],
    ["the end of the message", START + STOP],
    ["an unknown event", `${START}event: vertex_event\ndata: {}\n\n`],
  ])("is %s, and all held events are passed on", async (_what, text) => {
    expect(comparable(await opened([text]))).toMatchObject({ kind: "content", first: text, messageId: "msg_1" });
  });

  it("is found in any chunks", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), async (cuts) => {
        const opening = await opened(chunksOf(START + PING + BLOCK + DELTA, cuts));
        expect(comparable(opening)).toMatchObject({ kind: "content", first: START + PING + BLOCK + DELTA });
      }),
      { numRuns: 100 },
    );
  });

  it("is passed on without the incomplete event after it", async () => {
    expect(comparable(await opened([START + DELTA + DELTA.slice(0, 20)]))).toMatchObject({ first: START + DELTA });
  });

  it("may come in one chunk with the end of the message", async () => {
    expect(comparable(await opened([START + DELTA + STOP]))).toMatchObject({ end: { kind: "complete" } });
  });

  it("may come in one chunk with an error event", async () => {
    expect(comparable(await opened([START + DELTA + ERROR]))).toMatchObject({
      kind: "content",
      end: { kind: "error", type: "overloaded_error" },
    });
  });

  it.each([
    ["an empty object", "{}"],
    ["a number as its id", '{"message":{"id":1}}'],
    ["a null message", '{"message":null}'],
    ["null", "null"],
    ["invalid JSON", "no JSON"],
  ])("has no message id if message_start has %s", async (_what, data) => {
    const text = `event: message_start\ndata: ${data}\n\n${DELTA}`;

    expect(comparable(await opened([text]))).toMatchObject({ kind: "content", messageId: undefined });
  });

  it("leaves no timer except the call's limit", async () => {
    const limit = limitOf(60_000);
    const reading = openStream(streamOf([START + BLOCK, 10, DELTA], "is silent", limit), limit);
    await vi.advanceTimersByTimeAsync(10);
    await reading;
    limit.clear();

    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("an error event before any content", () => {
  const DATA = ERROR.slice("event: error\ndata: ".length, -2);

  it.each([
    ["at once", ERROR],
    ["after the message's start", START + PING + ERROR],
    ["after a block's start", START + BLOCK + ERROR],
  ])("is an error: %s", async (_when, text) => {
    expect(await opened([text])).toEqual({ kind: "error", data: DATA });
  });

  it("is an error in any chunks and with any line ends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), fc.constantFrom("\n", "\r\n", "\r"), async (cuts, lineEnd) => {
        const text = (START + BLOCK + ERROR).replaceAll("\n", lineEnd);
        expect(await opened(chunksOf(text, cuts))).toEqual({ kind: "error", data: DATA });
      }),
      { numRuns: 100 },
    );
  });
});

describe("a stream without content", () => {
  it.each<[string, string, End, string]>([
    ["no bytes", "", "closes", "empty_stream"],
    ["no bytes and breaks", "", "breaks", "empty_stream"],
    ["blank lines", "\n\n", "closes", "cut_before_content"],
    ["only its start", START + PING, "closes", "cut_before_content"],
    ["only its start and breaks", START + PING, "breaks", "cut_before_content"],
    ["only a block's start", START + BLOCK, "closes", "cut_before_content"],
    ["half an event", START + DELTA.slice(0, -1), "closes", "cut_before_content"],
  ])("is not an answer if it has %s", async (_what, text, end, label) => {
    expect(await opened(text === "" ? [] : [text], end)).toEqual({ kind: "nothing", label });
  });

  it("is given up after the limit, even if it pings", async () => {
    const pings = Array(40).fill([PING, 1_000]).flat();
    const opening = opened([START, ...pings], "is silent", 30_000);

    await vi.advanceTimersByTimeAsync(30_000);

    expect(await opening).toEqual({ kind: "nothing", label: "event_timeout" });
  });

  it("is given up above 1 MiB", async () => {
    expect(await opened([START, PING.repeat(30_000)])).toEqual({ kind: "nothing", label: "no_content" });
  });
});

describe("the start of a block", () => {
  it("is held for 3 s, and then passed on", async () => {
    const opening = opened([START + BLOCK]);
    let isHeld = true;
    opening.then(() => {
      isHeld = false;
    });

    await vi.advanceTimersByTimeAsync(2_999);
    const wasHeld = isHeld;
    await vi.advanceTimersByTimeAsync(1);

    expect(wasHeld).toBe(true);
    expect(comparable(await opening)).toMatchObject({ kind: "content", first: START + BLOCK, messageId: "msg_1" });
  });

  it("is held for 3 s in total, even if pings arrive", async () => {
    const opening = opened([START + BLOCK, ...Array(9).fill([1_000, PING]).flat()]);

    await vi.advanceTimersByTimeAsync(3_000);

    expect(comparable(await opening)).toMatchObject({ kind: "content" });
  });

  it("is passed on without the incomplete event after it, even if that has several chunks", async () => {
    const opening = opened([START + BLOCK, DELTA.slice(0, 10), DELTA.slice(10, 20)]);

    await vi.advanceTimersByTimeAsync(3_000);

    expect(comparable(await opening)).toMatchObject({ kind: "content", first: START + BLOCK });
  });

  it("does not lose the pending read when the 3 s have passed", async () => {
    const opening = opened([START + BLOCK, 5_000, DELTA]);
    await vi.advanceTimersByTimeAsync(3_000);
    const result = await opening;
    if (result.kind !== "content") throw new Error("no content");

    await vi.advanceTimersByTimeAsync(2_000);

    const read = await result.stream.pending;
    expect(decodeText(read?.value ? [read.value] : [])).toBe(DELTA);
  });

  it("is passed on above 1 MiB", async () => {
    expect(comparable(await opened([START + BLOCK, PING.repeat(30_000)]))).toMatchObject({ kind: "content" });
  });
});
