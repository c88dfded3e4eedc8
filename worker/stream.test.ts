import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeText, EventNames, errorEventData, openStream, pump } from "./stream.ts";

const START = 'event: message_start\ndata: {"type":"message_start"}\n\n';
const PING = 'event: ping\ndata: {"type":"ping"}\n\n';
const DELTA = 'event: content_block_delta\ndata: {"type":"content_block_delta"}\n\n';
const STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
const ERROR = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';

function chunked(text: string, cuts: readonly number[]): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return borders
    .slice(1)
    .map((border, i) => bytes.subarray(borders[i], border))
    .filter((chunk) => chunk.length > 0);
}

function streamOf(chunks: readonly Uint8Array[], { breaks = false } = {}): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      if (!breaks) controller.close();
    },
    pull(controller) {
      if (breaks) controller.error(new Error("Network connection lost."));
    },
  });
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return decodeText(chunks);
}

async function through(chunks: readonly Uint8Array[], options?: { breaks: boolean }): Promise<string> {
  const opening = await openStream(streamOf(chunks, options), 1_000);
  if (opening.kind !== "content") throw new Error(`the stream was taken for ${opening.kind}`);
  return textOf(pump(opening.stream, "req_test", () => undefined));
}

describe("EventNames", () => {
  it("names the same events whatever the chunks and line ends", () => {
    const text = `: comment\n\n${START}${PING}data: nameless\n\n${DELTA}${STOP}`;
    const names = ["message_start", "ping", "", "content_block_delta", "message_stop"];
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.constantFrom("\n", "\r\n", "\r"), (cuts, lineEnd) => {
        const scanner = new EventNames();
        const found = chunked(text.replaceAll("\n", lineEnd), cuts).flatMap((chunk) => scanner.push(chunk));
        expect(found).toEqual(names);
      }),
    );
  });
});

describe("openStream", () => {
  it.each([
    ["content", START + PING + DELTA, "content"],
    ["an answer without content", START + STOP, "content"],
    ["an unknown event", `${START}event: vertex_event\ndata: {}\n\n`, "content"],
    ["an error event", START + PING + ERROR, "error"],
    ["an error event at once", ERROR, "error"],
  ])("takes %s for decisive, whatever the chunks", async (_what, text, kind) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), async (cuts) => {
        const opening = await openStream(streamOf(chunked(text, cuts)), 1_000);
        expect(opening.kind).toBe(kind);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ["nothing", "", "empty_stream"],
    ["no event", "\n\n", "cut_before_content"],
    ["only the start", START + PING, "cut_before_content"],
    ["half an event", START + DELTA.slice(0, -1), "cut_before_content"],
  ])("takes a stream that ends with %s for no answer", async (_what, text, label) => {
    expect(await openStream(streamOf(chunked(text, [])), 1_000)).toEqual({ kind: "nothing", label });
  });

  it("gives up on a stream that only pings, and cancels it", async () => {
    let cancelled = false;
    const pings = new ReadableStream<Uint8Array>({
      async pull(controller) {
        controller.enqueue(new TextEncoder().encode(PING));
        await new Promise((resolve) => setTimeout(resolve, 1));
      },
      cancel() {
        cancelled = true;
      },
    });
    expect(await openStream(pings, 20)).toEqual({ kind: "nothing", label: "event_timeout" });
    expect(cancelled).toBe(true);
  });
});

describe("any split of any bytes", () => {
  /** Pieces of streams, whole and broken, in any order. */
  const piece = fc.oneof(
    fc.constantFrom(
      START,
      PING,
      DELTA,
      STOP,
      ERROR,
      "\n",
      "\r\n",
      "\r",
      ":",
      "event:",
      "event: error",
      "data",
      "data: x",
    ),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  );

  async function outcome(chunks: readonly Uint8Array[]): Promise<string> {
    const opening = await openStream(streamOf(chunks), 1_000);
    switch (opening.kind) {
      case "content":
        return `content ${await textOf(pump(opening.stream, "req_test", () => undefined))}`;
      case "nothing":
        return "nothing";
      case "error":
        return `error ${errorEventData(opening.text)}`;
    }
  }

  it("gives the same answer as the bytes in one piece", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        async (pieces, cuts) => {
          const text = pieces.join("");
          expect(await outcome(chunked(text, cuts))).toBe(await outcome(chunked(text, [])));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

it("an error event ends at a blank line of any kind", () => {
  expect(errorEventData("event: error\n\r\nevent: x\ndata: later\n\n")).toBe("");
  expect(errorEventData("event: error\r\ndata: {}\n\r\n")).toBe("{}");
});

describe("pump", () => {
  it("passes a whole stream on byte for byte, whatever the chunks", async () => {
    const text = START + PING + DELTA + DELTA + STOP;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), async (cuts) => {
        expect(await through(chunked(text, cuts))).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ["ends", false],
    ["breaks", true],
  ])("ends a stream that %s without message_stop with an error event", async (_how, breaks) => {
    const cut = START + DELTA + DELTA.slice(0, 20);
    const text = await through(chunked(cut, []), { breaks });
    expect(
      text.startsWith(
        `${cut}\n\nevent: error\ndata: {"type":"error","error":{"type":"api_error","message":"The target's stream ended`,
      ),
    ).toBe(true);
    expect(text.endsWith("\n\n")).toBe(true);
  });

  it.each<[string, string, boolean]>([
    ["complete", START + DELTA + STOP, false],
    ["error", START + DELTA + ERROR, false],
    ["cut", START + DELTA, false],
    ["cut", START + DELTA, true],
  ])("tells how the stream ended: %s", async (end, text, breaks) => {
    const opening = await openStream(streamOf(chunked(text, [START.length + DELTA.length]), { breaks }), 1_000);
    if (opening.kind !== "content") throw new Error("no content");
    const ends: string[] = [];
    await textOf(pump(opening.stream, "req_test", (told) => ends.push(told)));
    expect(ends).toEqual([end]);
  });

  it("adds nothing behind an error event of the target's own", async () => {
    const text = START + DELTA + ERROR;
    expect(await through(chunked(text, []))).toBe(text);
  });

  it("stops the target when the caller leaves", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode(DELTA)),
      cancel() {
        cancelled = true;
      },
    });
    const opening = await openStream(endless, 1_000);
    if (opening.kind !== "content") throw new Error("no content");
    const ends: string[] = [];
    const reader = pump(opening.stream, "req_test", (told) => ends.push(told)).getReader();
    await reader.read();
    await reader.cancel();
    expect(cancelled).toBe(true);
    expect(ends).toEqual(["client_left"]);
  });
});
