/** The caller gets the same events for any bytes of a stream, wherever the target splits them. */
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Caller } from "../caller.ts";
import { TimeLimit } from "../time-limit.ts";
import { openStream } from "./event-stream.ts";
import { type BodyEnd, relay } from "./relay.ts";
import { eventOf } from "./streams-in-test.ts";

/** Pieces of streams, complete and broken. */
const piece = fc.oneof(
  fc.constantFrom(
    eventOf("message_start"),
    eventOf("ping"),
    eventOf("content_block_start"),
    eventOf("content_block_delta"),
    eventOf("content_block_delta").replaceAll("\n", "\r\n"),
    eventOf("message_stop"),
    eventOf("error", { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
  ),
  fc.constantFrom("\n", "\r\n", "\r", ":", "event:", "event: error\n", "data", "data: x\n", "data: {}\n\n", "\uFEFF"),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
);

function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return borders
    .slice(1)
    .map((border, i) => bytes.slice(borders[i], border))
    .filter(({ length }) => length > 0);
}

/** The events that a client acts on, up to the first message_stop or error. */
function eventsOf(text: string): string[] {
  const events: string[] = [];
  const parser = createParser({
    onEvent({ event = "", data }) {
      const isOver = /^(message_stop|error) /.test(events.at(-1) ?? "");
      if (!isOver && data !== "") events.push(`${event} ${data}`);
    },
  });
  parser.feed(`${text}\n`);
  return events;
}

type Result = { kind: string } | { events: readonly string[]; end: BodyEnd };

async function outcome(chunks: readonly Uint8Array[]): Promise<Result> {
  const left = [...chunks];
  const limit = new TimeLimit(new Caller(new AbortController().signal));
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift();
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
  });
  const opening = await openStream(body, limit);
  if (opening.kind !== "content") return opening;
  const { reader, pending, filter, first } = opening.stream;
  const relayed = relay({ reader, pending, filter, first, limit, idleMs: 60_000 });
  const passed: Uint8Array[] = [];
  for await (const chunk of relayed.body) passed.push(chunk);
  // Like a client that does not skip a byte order mark.
  const text = new TextDecoder("utf-8", { ignoreBOM: true, fatal: false }).decode(Buffer.concat(passed));
  return { events: eventsOf(text), end: (await relayed.ended).end };
}

/** Parsers skip one byte order mark, so the Worker must remove all of them. */
const TWO_MARKS: [string[], number[]] = [
  [
    "\ufeff",
    "\ufeff",
    'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    "event: content_block_delta\ndata: {}\n\n",
  ],
  [],
];

describe("any bytes", () => {
  it("become the same events with any splits", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        async (pieces, cuts) => {
          const bytes = new TextEncoder().encode(pieces.join(""));
          expect(await outcome(chunksOf(bytes, cuts))).toEqual(await outcome(chunksOf(bytes, [])));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it("end with message_stop if the breaker counts them as complete, and else with an error event", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        async (pieces, cuts) => {
          const result = await outcome(chunksOf(new TextEncoder().encode(pieces.join("")), cuts));
          if (!("end" in result)) return;
          const last = result.events.at(-1)?.split(" ")[0];
          expect(last).toBe(result.end.kind === "complete" ? "message_stop" : "error");
        },
      ),
      { numRuns: 3_000, examples: [TWO_MARKS] },
    );
  });
});
