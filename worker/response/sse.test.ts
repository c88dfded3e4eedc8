import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteOrderMarksEnd, EventScanner, type ServerEvent } from "./sse.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const NAMED = (name: string, data = "{}") => `event: ${name}\ndata: ${data}\n\n`;

interface Seen {
  events: ServerEvent[];
  /** What the scanner called whole, put together: whole events and nothing else. */
  whole: string;
}

/** Scans bytes in the given chunks, and cuts out what is whole as a caller would pass it on. */
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
  ])("finds the same events where lines end with %s", (_what, lineEnd) => {
    const text = `: comment\n\n${NAMED("message_start")}${NAMED("ping")}data: nameless\n\n${NAMED("message_stop")}`;

    expect(namesOf(text.replaceAll("\n", lineEnd))).toEqual(["message_start", "ping", "", "message_stop"]);
  });

  it("finds events whose lines end in different ways", () => {
    expect(namesOf("event: a\r\ndata: 1\r\revent: b\ndata: 1\r\n\nevent: c\rdata: 1\n\r")).toEqual(["a", "b", "c"]);
  });

  it("ignores a byte order mark in front of the first line", () => {
    expect(namesOf(`\uFEFF${NAMED("a")}`)).toEqual(["a"]);
  });

  it("takes a byte order mark anywhere else for a part of the line", () => {
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
  ])("says of %j whether it has data: %s", (text, hasData) => {
    expect(eventsOf(text)).toEqual([{ name: "a", hasData, data: "" }]);
  });

  it.each([
    ["a field that only begins alike", "events: a\ndatabase: x\n\n"],
    ["a comment", ": event: a\n\n"],
    ["a blank line", "\n\n\n"],
    ["a name without an end", "event: a\ndata: x\n"],
  ])("finds no event in %s", (_what, text) => {
    expect(eventsOf(text)).toEqual([]);
  });

  it("keeps the data of the events that are asked for, and of no others", () => {
    const text = NAMED("ping", "p") + NAMED("error", "é1").replace("\n\n", "\ndata: 2\n\n");

    expect(eventsOf(text, new Set(["error"]))).toEqual([
      { name: "ping", hasData: true, data: "" },
      { name: "error", hasData: true, data: "é1\n2" },
    ]);
  });

  it("keeps all lines of an event's data, however far behind in its chunk it is", () => {
    const text = NAMED("ping", "p".repeat(200_000)) + NAMED("error", "1").replace("\n\n", "\ndata: 2\n\n");

    expect(eventsOf(text, new Set(["error"])).at(-1)?.data).toBe("1\n2");
  });

  it("keeps no more than 64 KiB of the data of one line", () => {
    const [event] = eventsOf(NAMED("error", "x".repeat(200_000)), new Set(["error"]));

    expect(event?.data.length).toBe(64 * 1024);
  });

  it("keeps no more than 64 KiB of data of one event, however many lines it has", () => {
    const line = `data: ${"x".repeat(10_000)}\n`;

    const [event] = eventsOf(`event: error\n${line.repeat(100)}\n`, new Set(["error"]));

    expect(event?.data.length).toBeLessThanOrEqual(64 * 1024);
  });
});

it.each([
  ["no bytes", [], 0],
  ["a mark", [0xef, 0xbb, 0xbf], 3],
  ["two marks and a letter", [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, 0x61], 6],
  ["a part of a mark", [0xef, 0xbb], 0],
  ["a character that begins like a mark", [0xef, 0xbc, 0x81], 0],
  ["a mark behind a letter", [0x61, 0xef, 0xbb, 0xbf], 0],
])("byteOrderMarksEnd is behind the marks in front: %s", (_what, bytes, end) => {
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
  ])("changes neither the events nor what is whole, with %s", (_what, lineEnd) => {
    const bytes = encode(TEXT.replaceAll("\n", lineEnd));
    const whole = scanned([bytes], WANTED);

    for (let at = 0; at <= bytes.length; at++) {
      expect(scanned([bytes.subarray(0, at), bytes.subarray(at)], WANTED)).toEqual(whole);
    }
  });

  it("changes nothing where every byte comes alone", () => {
    const bytes = encode(TEXT.replaceAll("\n", "\r\n"));

    expect(scanned(chunksOf(bytes, [...bytes.keys()]), WANTED)).toEqual(scanned([bytes], WANTED));
  });

  it("never calls a part of an event whole", () => {
    const bytes = encode(NAMED("a", "1").replaceAll("\n", "\r\n"));

    for (let at = 0; at < bytes.length - 2; at++) {
      expect(scanned([bytes.subarray(0, at), bytes.subarray(at, bytes.length - 2)]).whole).toBe("");
    }
  });

  /** Lines of any kind with ends of any kind, so that blank lines are frequent. */
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

  it("never leaves half of an event in what is whole", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 6 }), (lines, cuts) => {
        const { whole } = scanned(chunksOf(encode(lines.flat().join("")), cuts));
        expect(whole === "" || /(^|\r\n|\n|\r)(\r\n|\n|\r)$/.test(whole)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});
