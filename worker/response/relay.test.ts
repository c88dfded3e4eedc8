/** Tests the stream that a caller gets, from its first content to its end. */
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { decodeText } from "../bytes.ts";
import { Caller } from "../caller.ts";
import { TimeLimit } from "../time-limit.ts";
import { openStream } from "./event-stream.ts";
import { relay, type Watched } from "./relay.ts";
import { type End, ERROR, eventOf, type Items, PING, START, STOP, streamOf } from "./streams-in-test.ts";

const DELTA = eventOf("content_block_delta", { type: "content_block_delta", delta: { text: "é😀" } });
const IDLE_MS = 120_000;

interface Relayed {
  body: ReadableStream<Uint8Array>;
  ended: Promise<Watched>;
  limit: TimeLimit;
  /** The caller leaves. */
  leave(): void;
}

/** @param items must start with content */
async function relayed(items: Items, end: End = "is silent"): Promise<Relayed> {
  const leaving = new AbortController();
  const limit = new TimeLimit(new Caller(leaving.signal));
  const opening = await openStream(streamOf(items, end, limit), limit);
  if (opening.kind !== "content") throw new Error(`the stream was ${opening.kind}`);
  const { reader, pending, filter, first } = opening.stream;
  const delivery = relay({ reader, pending, filter, first, limit, idleMs: IDLE_MS });
  return { ...delivery, limit, leave: () => leaving.abort() };
}

async function textOf(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return decodeText(chunks);
}

/** Reads a stream that the target ends. */
async function readAll(items: Items, end: End = "closes"): Promise<{ text: string; end: Watched["end"] }> {
  const { body, ended } = await relayed(items, end);
  return { text: await textOf(body), end: (await ended).end };
}

/** Parses the text with a parser that clients use. */
function parsed(text: string): { name: string | undefined; data: unknown }[] {
  const events: { name: string | undefined; data: unknown }[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => events.push({ name: event, data: JSON.parse(data) }) });
  parser.feed(text);
  return events;
}

const CUT_EVENT = {
  name: "error",
  data: {
    type: "error",
    error: { type: "api_error", message: "The target's stream ended before the message was complete." },
  },
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a complete stream", () => {
  it("is passed on byte for byte, in any chunks and with any line ends", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(), { maxLength: 9 }),
        fc.constantFrom("\n", "\r\n", "\r"),
        async (cuts, lineEnd) => {
          const text = (START + PING + DELTA + DELTA + STOP).replaceAll("\n", lineEnd);
          const bytes = new TextEncoder().encode(text);
          const borders = [0, ...cuts.map((cut) => cut % bytes.length), bytes.length].sort((a, b) => a - b);
          const chunks = borders.slice(1).map((border, i) => bytes.slice(borders[i], border));
          const { text: passed, end } = await readAll(chunks.filter(({ length }) => length > 0));
          // With CRLF the last LF may arrive after the end.
          expect(passed.replace(/\n$/, "")).toBe(text.replace(/\n$/, ""));
          expect(end).toEqual({ kind: "complete" });
        },
      ),
      { numRuns: 200 },
    );
  });

  it("ends right after message_stop, even if its connection stays open", async () => {
    const { body, ended, limit } = await relayed([START + DELTA, STOP], "is silent");

    const text = await textOf(body);

    expect(text).toBe(START + DELTA + STOP);
    expect(await ended).toEqual({ end: { kind: "complete" }, callerWasSlow: false });
    await expect.poll(() => limit.signal.aborted).toBe(true);
  });

  it.each(["\ufeff", "\ufeff\ufeff"])("has no leading byte order marks", async (marks) => {
    const { body } = await relayed([marks + START + DELTA + STOP]);

    const bytes = Buffer.from(await new Response(body).arrayBuffer());

    expect(bytes.toString("utf8")).toBe(START + DELTA + STOP);
  });

  it("in one chunk ends right after message_stop too", async () => {
    const { body, limit } = await relayed([START + DELTA + STOP], "is silent");

    expect(await textOf(body)).toBe(START + DELTA + STOP);
    await expect.poll(() => limit.signal.aborted).toBe(true);
  });

  it("keeps its connection for reuse if the target ends it", async () => {
    const { body, ended, limit, leave } = await relayed([START + DELTA, STOP], "closes");
    await textOf(body);
    await ended;

    await vi.advanceTimersByTimeAsync(1_000);
    leave();

    expect(limit.signal.aborted).toBe(false);
  });

  it("closes its connection if the target sends more after message_stop", async () => {
    const { body, ended, limit } = await relayed([START + DELTA, STOP, PING], "is silent");
    await textOf(body);
    await ended;

    await vi.advanceTimersByTimeAsync(0);

    expect(limit.signal.aborted).toBe(true);
  });

  it.each([
    ["its blank line", STOP.slice(0, -1)],
    ["the end of its last line", STOP.slice(0, -2)],
  ])("is complete even if its message_stop lacks %s", async (_what, stop) => {
    const { text, end } = await readAll([START + DELTA, stop]);

    expect(end).toEqual({ kind: "complete" });
    expect(parsed(text).at(-1)).toEqual({ name: "message_stop", data: { type: "message_stop" } });
  });

  it.each([
    ["one chunk", [START + DELTA + STOP]],
    ["several chunks", [START + DELTA, STOP]],
  ])("in %s leaves no timer behind", async (_what, items) => {
    await readAll(items);

    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a cut stream", () => {
  it.each<[string, string, End]>([
    ["\\n and an end", "\n", "closes"],
    ["\\n and a broken connection", "\n", "breaks"],
    ["\\r\\n and an end", "\r\n", "closes"],
    ["\\r and an end", "\r", "closes"],
  ])("has only complete events and then an error event, wherever it is cut, with %s", async (_what, lineEnd, end) => {
    const withEnds = (text: string) => new TextEncoder().encode(text.replaceAll("\n", lineEnd));
    const [opening, rest] = [withEnds(START + DELTA), withEnds(DELTA + DELTA + STOP.slice(0, -4))];
    const delta = parsed(DELTA)[0];

    for (let at = 0; at < rest.length; at++) {
      const cut = at === 0 ? [opening] : [opening, rest.subarray(0, at)];
      const { text, end: reported } = await readAll(cut, end);
      const events = parsed(text);
      expect(reported).toEqual({ kind: "cut" });
      expect(events.at(-1)).toEqual(CUT_EVENT);
      expect(events.slice(2, -1).every((event) => JSON.stringify(event) === JSON.stringify(delta))).toBe(true);
    }
  });

  it.each([
    ["a \\r\\n that was cut in the middle is completed", "\r\n", -1],
    ["no line end is added after \\n", "\n", undefined],
  ])("has the bytes of its complete events: %s", async (_what, lineEnd, cutAt) => {
    const events = (START + DELTA).replaceAll("\n", lineEnd);

    const { text } = await readAll([events.slice(0, cutAt)]);

    expect(text.slice(0, text.indexOf("event: error"))).toBe(events);
  });

  it("has no part of an incomplete event that arrived byte by byte", async () => {
    const lines = [...DELTA.replaceAll("\n", "\r\n").slice(0, -2)];

    const { text } = await readAll([START + DELTA, ...lines]);

    expect(parsed(text).map(({ name }) => name)).toEqual(["message_start", "content_block_delta", "error"]);
  });

  it.each([
    ["has no data", "event: message_stop\n\n"],
    ["has half of its data", 'event: message_stop\ndata: {"type":'],
    ["has only its name", "event: message_stop"],
  ])("is reported if its message_stop %s", async (_what, stop) => {
    const { text, end } = await readAll([START + DELTA, stop]);

    expect(end).toEqual({ kind: "cut" });
    expect(parsed(text).at(-1)).toEqual(CUT_EVENT);
  });

  it("is reported for an event above 16 MiB", async () => {
    const chunk = new Uint8Array(1024 * 1024).fill("x".charCodeAt(0));
    const { body, ended, limit } = await relayed([START + DELTA, "data: ", ...Array(17).fill(chunk)]);

    const text = await textOf(body);

    expect(parsed(text).map(({ name }) => name)).toEqual(["message_start", "content_block_delta", "error"]);
    expect((await ended).end).toEqual({ kind: "cut" });
    expect(limit.signal.aborted).toBe(true);
  });

  it("is not reported for an event of 15 MiB", async () => {
    const chunk = new Uint8Array(1024 * 1024).fill("x".charCodeAt(0));

    const { end } = await readAll([START + DELTA, "data: ", ...Array(15).fill(chunk), "\n\n", STOP]);

    expect(end).toEqual({ kind: "complete" });
  });
});

describe("an error event from the target", () => {
  it("ends the stream without another event", async () => {
    const { body, ended, limit } = await relayed([START + DELTA, ERROR], "is silent");

    expect(await textOf(body)).toBe(START + DELTA + ERROR);
    expect((await ended).end).toEqual({ kind: "error", type: "overloaded_error" });
    expect(limit.signal.aborted).toBe(true);
  });

  it("counts as an api_error if its data is invalid", async () => {
    const { end } = await readAll([START + DELTA, "event: error\ndata: no JSON\n\n"]);

    expect(end).toEqual({ kind: "error", type: "api_error" });
  });
});

describe("a silent target", () => {
  it("ends the stream with an error event after the idle limit", async () => {
    const { body, ended, limit } = await relayed([START + DELTA]);
    const text = textOf(body);

    await vi.advanceTimersByTimeAsync(IDLE_MS);

    expect(parsed(await text).at(-1)).toEqual(CUT_EVENT);
    expect(await ended).toEqual({ end: { kind: "idle" }, callerWasSlow: false });
    expect(limit.signal.aborted).toBe(true);
  });

  it("is not a target that pings", async () => {
    const { body, ended } = await relayed([START + DELTA, IDLE_MS - 1, PING, IDLE_MS - 1, STOP]);
    const text = textOf(body);

    await vi.advanceTimersByTimeAsync(2 * IDLE_MS);

    expect(await text).toBe(START + DELTA + PING + STOP);
    expect((await ended).end).toEqual({ kind: "complete" });
  });

  it("ends the stream after the idle limit since its last ping", async () => {
    const { body, ended } = await relayed([START + DELTA, 60_000, PING]);
    const text = textOf(body);
    let isOver = false;
    ended.then(() => {
      isOver = true;
    });

    await vi.advanceTimersByTimeAsync(60_000 + IDLE_MS - 1);
    const wasOver = isOver;
    await vi.advanceTimersByTimeAsync(1);

    expect(wasOver).toBe(false);
    expect(parsed(await text).at(-1)).toEqual(CUT_EVENT);
    expect((await ended).end).toEqual({ kind: "idle" });
  });

  it("is not a target that slowly sends a long event", async () => {
    const { body, ended } = await relayed([START + DELTA, "data: ", 100_000, "x", 100_000, "y\n\n", STOP]);
    const text = textOf(body);

    await vi.advanceTimersByTimeAsync(200_000);

    expect(await text).toBe(`${START}${DELTA}data: xy\n\n${STOP}`);
    expect((await ended).end).toEqual({ kind: "complete" });
  });
});

describe("a caller", () => {
  it("that reads nothing ends the stream after the idle limit", async () => {
    const { ended, limit } = await relayed([START + DELTA, DELTA]);

    await vi.advanceTimersByTimeAsync(IDLE_MS);

    expect((await ended).end).toEqual({ kind: "client_stalled" });
    expect(limit.signal.aborted).toBe(true);
  });

  it("that stops reading in the middle ends the stream after the idle limit", async () => {
    const { body, ended } = await relayed([START + DELTA, ...Array(99).fill(DELTA)]);
    await body.getReader().read();

    await vi.advanceTimersByTimeAsync(IDLE_MS);

    expect((await ended).end).toEqual({ kind: "client_stalled" });
  });

  it("that stops reading before a message_stop without a blank line ends the stream too", async () => {
    const { body, ended } = await relayed([START + DELTA, DELTA + STOP.slice(0, -1)]);
    await body.getReader().read();

    await vi.advanceTimersByTimeAsync(IDLE_MS);

    expect((await ended).end).toEqual({ kind: "client_stalled" });
  });

  it("that leaves ends the call to the target", async () => {
    const { body, ended, limit, leave } = await relayed([START + DELTA]);
    await body.getReader().read();

    leave();

    expect((await ended).end).toEqual({ kind: "client_left" });
    expect(limit.signal.aborted).toBe(true);
  });

  it("that cancels the body ends the call to the target", async () => {
    const { body, ended, limit } = await relayed([START + DELTA]);
    const reader = body.getReader();
    await reader.read();

    await reader.cancel();

    expect((await ended).end).toEqual({ kind: "client_left" });
    expect(limit.signal.aborted).toBe(true);
  });

  it("that leaves after the end changes nothing", async () => {
    const { body, ended, leave } = await relayed([START + DELTA + STOP]);
    await textOf(body);

    leave();

    expect((await ended).end).toEqual({ kind: "complete" });
  });

  it.each([
    [5_000, false],
    [5_001, true],
  ])("that makes the target wait for %i ms was slow: %s", async (ms, callerWasSlow) => {
    const { body, ended } = await relayed([START + DELTA, DELTA], "closes");
    await vi.advanceTimersByTimeAsync(ms);

    await textOf(body);

    expect(await ended).toEqual({ end: { kind: "cut" }, callerWasSlow });
  });

  it("that waits for a slow target was not slow", async () => {
    const { body, ended } = await relayed([START + DELTA, 60_000, DELTA], "closes");
    const text = textOf(body);

    await vi.advanceTimersByTimeAsync(60_000);
    await text;

    expect(await ended).toEqual({ end: { kind: "cut" }, callerWasSlow: false });
  });
});
