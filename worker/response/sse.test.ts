import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteOrderMarksEnd, EventScanner, type ServerEvent } from "./sse.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const NAMED = (name: string, data = "{}") => `event: ${name}\ndata: ${data}\n\n`;

interface Seen {
  events: ServerEvent[];
  /** The bytes that the scanner reported as complete events. */
  whole: string;
}

/** Scans the chunks, and collects the complete events as the relay does. */
function scanned(chunks: readonly Uint8Array[], wantsData?: ReadonlySet<string>): Seen {
  const scanner = new EventScanner(wantsData);
  const events: ServerEvent[] = [];
  const whole: Uint8Array[] = [];
  let tail: Uint8Array[] = [];
  for (const chunk of chunks) {
    const found = scanner.push(chunk);
    events.push(...found.events);
    if (found.wholeEnd > 0) {
      whole.push(...tail, chunk.subarray(0, found.wholeEnd));
      tail = [];
    }
    tail.push(chunk.subarray(found.wholeEnd));
  }
  return { events, whole: Buffer.concat(whole).toString("latin1") };
}

function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return borders.slice(1).map((border, i) => bytes.subarray(borders[i], border));
}

const eventsOf = (text: string, wantsData?: ReadonlySet<string>) => scanned([encode(text)], wantsData).events;
const namesOf = (text: string) => eventsOf(text).map(({ name }) => name);

describe("EventScanner", () => {
  it.each([
    ["\\n", "\n"],
    ["\\r\\n", "\r\n"],
    ["\\r", "\r"],
  ])("finds the same events if lines end with %s", (_what, lineEnd) => {
    const text = `: comment\n\n${NAMED("message_start")}${NAMED("ping")}data: nameless\n\n${NAMED("message_stop")}`;

    expect(namesOf(text.replaceAll("\n", lineEnd))).toEqual(["message_start", "ping", "", "message_stop"]);
  });

  it("finds events with mixed line ends", () => {
    expect(namesOf("event: a\r\ndata: 1\r\revent: b\ndata: 1\r\n\nevent: c\rdata: 1\n\r")).toEqual(["a", "b", "c"]);
  });

  it("ignores a byte order mark before the first line", () => {
    expect(namesOf(`\uFEFF${NAMED("a")}`)).toEqual(["a"]);
  });

  it("treats a byte order mark anywhere else as a part of the line", () => {
    expect(namesOf(`${NAMED("a")}\uFEFF${NAMED("b")}`)).toEqual(["a", ""]);
    expect(namesOf(`\n\uFEFF${NAMED("b")}`)).toEqual([""]);
  });

  it.each([
    ["event: a\n\n", false],
    ["event: a\ndata:\n\n", false],
    ["event: a\ndata: \n\n", false],
    ["event: a\ndata: x\n\n", true],
    ["event: a\ndata:x\n\n", true],
    ["event: a\ndata: \ndata: x\n\n", true],
  ])("reports for %j whether it has data: %s", (text, hasData) => {
    expect(eventsOf(text)).toEqual([{ name: "a", hasData, data: "" }]);
  });

  it.each([
    ["longer field names", "events: a\ndatabase: x\n\n"],
    ["a comment", ": event: a\n\n"],
    ["a blank line", "\n\n\n"],
    ["an event without a blank line", "event: a\ndata: x\n"],
  ])("finds no event in %s", (_what, text) => {
    expect(eventsOf(text)).toEqual([]);
  });

  it("keeps only the data of the requested events", () => {
    const text = NAMED("ping", "p") + NAMED("error", "é1").replace("\n\n", "\ndata: 2\n\n");

    expect(eventsOf(text, new Set(["error"]))).toEqual([
      { name: "ping", hasData: true, data: "" },
      { name: "error", hasData: true, data: "é1\n2" },
    ]);
  });

  it("keeps all lines of data even after 200 KB of other events in the chunk", () => {
    const text = NAMED("ping", "p".repeat(200_000)) + NAMED("error", "1").replace("\n\n", "\ndata: 2\n\n");

    expect(eventsOf(text, new Set(["error"])).at(-1)?.data).toBe("1\n2");
  });

  it("keeps at most 64 KiB of data of one line", () => {
    const [event] = eventsOf(NAMED("error", "x".repeat(200_000)), new Set(["error"]));

    expect(event?.data.length).toBe(64 * 1024);
  });

  it("keeps at most 64 KiB of data of one event with many lines", () => {
    const line = `data: ${"x".repeat(10_000)}\n`;

    const [event] = eventsOf(`event: error\n${line.repeat(100)}\n`, new Set(["error"]));

    expect(event?.data.length).toBeLessThanOrEqual(64 * 1024);
  });
});

it.each([
  ["no bytes", [], 0],
  ["a mark", [0xef, 0xbb, 0xbf], 3],
  ["two marks and a letter", [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, 0x61], 6],
  ["an incomplete mark", [0xef, 0xbb], 0],
  ["a character with the same first byte as a mark", [0xef, 0xbc, 0x81], 0],
  ["a mark after a letter", [0x61, 0xef, 0xbb, 0xbf], 0],
])("byteOrderMarksEnd is the position after the leading marks: %s", (_what, bytes, end) => {
  expect(byteOrderMarksEnd(Uint8Array.from(bytes))).toBe(end);
});

describe("a split at any byte", () => {
  const START = NAMED("message_start", '{"id":"msg_é😀"}');
  const TEXT = `: comment\n\n${START}${NAMED("ping")}data: x\n\n${NAMED("error", "ü")}`;
  const WANTED = new Set(["message_start", "error"]);

  it.each([
    ["\\n", "\n"],
    ["\\r\\n", "\r\n"],
    ["\\r", "\r"],
  ])("changes neither the events nor the complete bytes, with %s", (_what, lineEnd) => {
    const bytes = encode(TEXT.replaceAll("\n", lineEnd));
    const whole = scanned([bytes], WANTED);

    for (let at = 0; at <= bytes.length; at++) {
      expect(scanned([bytes.subarray(0, at), bytes.subarray(at)], WANTED)).toEqual(whole);
    }
  });

  it("changes nothing if every byte arrives alone", () => {
    const bytes = encode(TEXT.replaceAll("\n", "\r\n"));

    expect(scanned(chunksOf(bytes, [...bytes.keys()]), WANTED)).toEqual(scanned([bytes], WANTED));
  });

  it("never reports a part of an event as complete", () => {
    const bytes = encode(NAMED("a", "1").replaceAll("\n", "\r\n"));

    for (let at = 0; at < bytes.length - 2; at++) {
      expect(scanned([bytes.subarray(0, at), bytes.subarray(at, bytes.length - 2)]).whole).toBe("");
    }
  });

  /** Lines of all kinds with all kinds of line ends. Blank lines are frequent. */
  const line = fc.tuple(
    fc.constantFrom("", "", "event: a", "event: error", "data: é", "data", ":", "\uFEFF", "id: 1"),
    fc.constantFrom("\n", "\r\n", "\r"),
  );

  it("changes nothing for any lines and any number of splits", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 6 }), (lines, cuts) => {
        const bytes = encode(lines.flat().join(""));
        expect(scanned(chunksOf(bytes, cuts), WANTED)).toEqual(scanned([bytes], WANTED));
      }),
      { numRuns: 3_000 },
    );
  });

  it("never leaves half an event in the complete bytes", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 6 }), (lines, cuts) => {
        const { whole } = scanned(chunksOf(encode(lines.flat().join("")), cuts));
        expect(whole === "" || /(^|\r\n|\n|\r)(\r\n|\n|\r)$/.test(whole)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});
