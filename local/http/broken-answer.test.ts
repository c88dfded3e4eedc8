/** Checks what each provider fault does on the wire, called directly and through the gateway. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Fault } from "../faults/faults.ts";
import {
  ANTHROPIC_HEADERS,
  callAnthropic,
  callGateway,
  callHost,
  openCall,
  QUESTION,
  useCloud,
  vertexCall,
} from "../testing/cloud.ts";

const cloud = useCloud();
const question = (stream: boolean) => JSON.stringify({ ...QUESTION, stream });
const fail = (fault: Fault) => cloud().cloud.context.faults.set("anthropic", fault);

const askDirectly = (stream: boolean) => callAnthropic(cloud(), { path: "/v1/messages", body: question(stream) });
const askThroughGateway = (stream: boolean) =>
  callGateway(cloud(), { path: "/anthropic/v1/messages", body: question(stream), headers: ANTHROPIC_HEADERS });
const openDirectly = (stream: boolean) =>
  openCall(cloud(), {
    host: "api.anthropic.com",
    path: "/v1/messages",
    headers: ANTHROPIC_HEADERS,
    body: question(stream),
  });
const WAYS = [
  ["called directly", askDirectly],
  ["called through the gateway", askThroughGateway],
] as const;

const WHOLE_STREAM =
  /^event: message_start\r?\n[\s\S]*event: message_stop\r?\ndata: \{"type":"message_stop"\}(\r?\n){2}$/;
const WHOLE_JSON = /^\{"id"[\s\S]*\}$/;
const HALF_JSON = /^\{"id"[\s\S]*[^}]$/;
const ERROR_JSON = /^\{"type":"error".*api_error/;
/** The end of a data line that breaks off after the first byte of an é. */
const HALF_CHARACTER = Buffer.from('"text":" caf\u00e9').subarray(0, -1);

describe("a provider's answer with a fault that ends the response", () => {
  const CASES: readonly [fault: Fault, stream: boolean, type: RegExp, text: RegExp, complete: boolean][] = [
    [{ mode: "empty" }, false, /json/, /^$/, true],
    [{ mode: "empty" }, true, /event-stream/, /^$/, true],
    [{ mode: "html" }, false, /html/, /^<!DOCTYPE html>/, true],
    [{ mode: "html" }, true, /html/, /^<!DOCTYPE html>/, true],
    [{ mode: "garbage" }, false, /json/, /^\ufffd/, true],
    [{ mode: "garbage" }, true, /event-stream/, /^\ufffd/, true],
    [{ mode: "error_body", type: "api_error" }, false, /json/, ERROR_JSON, true],
    [{ mode: "error_body", type: "api_error" }, true, /json/, ERROR_JSON, true],
    [{ mode: "error_event", type: "api_error" }, false, /json/, ERROR_JSON, true],
    [
      { mode: "error_event", type: "api_error" },
      true,
      /event-stream/,
      /^event: message_start\r?\n.*(\r?\n){2}event: error\r?\n.*api_error.*(\r?\n){2}$/,
      true,
    ],
    [{ mode: "error_after_block_start", type: "api_error" }, false, /json/, ERROR_JSON, true],
    [
      { mode: "error_after_block_start", type: "api_error" },
      true,
      /event-stream/,
      /content_block_start"(?![\s\S]*content_block_delta).*(\r?\n){2}event: error\r?\n.*api_error.*(\r?\n){2}$/,
      true,
    ],
    [{ mode: "error_event_after_content", type: "api_error" }, false, /json/, ERROR_JSON, true],
    [
      { mode: "error_event_after_content", type: "api_error" },
      true,
      /event-stream/,
      /content_block_delta[\s\S]*event: error\r?\n.*(\r?\n){2}$/,
      true,
    ],
    [{ mode: "cut" }, false, /json/, HALF_JSON, false],
    [{ mode: "cut", at: "cr" }, false, /json/, HALF_JSON, false],
    [{ mode: "cut" }, true, /event-stream/, /event: content_block_delta\r?\nda$/, false],
    [{ mode: "cut", at: "line" }, true, /event-stream/, /event: content_block_delta\r?\nda$/, false],
    [{ mode: "cut", at: "character" }, true, /event-stream/, /\ndata: \{[^\n]*"text":" caf\ufffd$/, false],
    [{ mode: "cut", at: "fields" }, true, /event-stream/, /(\r?\n){2}event: content_block_delta\r?\n$/, false],
    [{ mode: "cut", at: "cr" }, true, /event-stream/, /event: content_block_delta\r\ndata: \{[^\r\n]*\}\}\r$/, false],
    [{ mode: "cut", at: "event" }, true, /event-stream/, /event: content_block_delta\r?\n.*\}(\r?\n){2}$/, false],
    [{ mode: "truncated" }, false, /json/, HALF_JSON, true],
    [{ mode: "truncated" }, true, /event-stream/, /content_block_delta(?![\s\S]*message_stop)/, true],
    [{ mode: "missing_blank_line" }, false, /json/, WHOLE_JSON, true],
    [
      { mode: "missing_blank_line" },
      true,
      /event-stream/,
      /"message_delta"[\s\S]*[^\n]\ndata: \{"type":"message_stop"\}\r?\n$/,
      true,
    ],
    [{ mode: "stop_without_data" }, false, /json/, WHOLE_JSON, true],
    [{ mode: "stop_without_data" }, true, /event-stream/, /"message_delta"[\s\S]*event: message_stop(\r?\n){2}$/, true],
    [{ mode: "content_type" }, false, /^Application\/JSON$/, WHOLE_JSON, true],
    [{ mode: "content_type" }, true, /^Text\/Event-Stream; Charset=UTF-8$/, WHOLE_STREAM, true],
    [{ mode: "content_type", value: "application/json;x=y" }, false, /^application\/json;x=y$/, WHOLE_JSON, true],
    [{ mode: "content_type", value: "text/event-stream;x=y" }, true, /^text\/event-stream;x=y$/, WHOLE_STREAM, true],
    [{ mode: "slow", intervalMs: 1 }, false, /json/, WHOLE_JSON, true],
    [{ mode: "slow", intervalMs: 1 }, true, /event-stream/, WHOLE_STREAM, true],
    ...[true, false].flatMap((stream): (typeof CASES)[number][] => [
      [{ mode: "not_a_message" }, stream, /^application\/json$/, /^\{"detail":"maintenance"\}$/, true],
      [{ mode: "not_a_message", body: "empty_object" }, stream, /^application\/json$/, /^\{\}$/, true],
      [
        { mode: "not_a_message", body: "google_error" },
        stream,
        /^application\/json$/,
        /^\{"error":\{"code":503,"message":".+","status":"UNAVAILABLE"\}\}$/,
        true,
      ],
      [{ mode: "not_a_message", body: "list" }, stream, /^application\/json$/, /^\[\]$/, true],
      [{ mode: "not_a_message", body: "null" }, stream, /^application\/json$/, /^null$/, true],
    ]),
  ];

  describe.each(WAYS)("%s", (_way, ask) => {
    it.each(CASES)("acts out %j, stream: %j", async (fault, stream, type, text, complete) => {
      fail(fault);
      const answer = await ask(stream);
      expect(answer.status).toBe(200);
      expect(answer.headers["content-type"]).toMatch(type);
      expect(answer.text).toMatch(text);
      expect(answer.complete).toBe(complete);
    });

    it("is cut inside a UTF-8 character", async () => {
      fail({ mode: "cut", at: "character" });
      const { bytes } = await ask(true);
      expect(bytes.subarray(-HALF_CHARACTER.length)).toEqual(HALF_CHARACTER);
    });

    it.each([
      [true, "event: message_start"],
      [false, '{"id"'],
    ])("starts with a byte order mark, stream: %j", async (stream, start) => {
      fail({ mode: "bom" });
      const { bytes, complete } = await ask(stream);
      expect(bytes.subarray(0, 3 + start.length)).toEqual(Buffer.from([0xef, 0xbb, 0xbf, ...Buffer.from(start)]));
      expect(complete).toBe(true);
    });
  });

  it.each<[Fault]>([[{ mode: "reset" }], [{ mode: "refused" }]])("sends no response for %j", async (fault) => {
    fail(fault);
    await expect(askDirectly(false)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("acts out the fault on Vertex too", async () => {
    cloud().cloud.context.faults.set("vertex/us-east5", { mode: "stop_without_data" });
    const { text } = await callHost(cloud(), vertexCall(cloud(), true));
    expect(text).toMatch(/event: message_stop\n\n$/);
  });
});

describe("a provider's answer with a fault that keeps the response open", () => {
  it.each<[Fault, boolean, RegExp]>([
    [{ mode: "no_content" }, true, /^(?!.*content_block)[\s\S]*message_start[\s\S]*(event: ping[\s\S]*){3}$/],
    [{ mode: "no_content" }, false, HALF_JSON],
    [{ mode: "silent" }, true, /^event: message_start\n.*\n\n$/],
    [{ mode: "silent" }, false, /^$/],
    [{ mode: "silent_after_content" }, true, /event: content_block_delta\n.*\n\n$/],
    [{ mode: "silent_after_content" }, false, HALF_JSON],
    [
      { mode: "pings_after_content" },
      true,
      /event: content_block_delta\n.*\n\n(event: ping\ndata: \{"type":"ping"\}\n\n){3}/,
    ],
    [{ mode: "pings_after_content" }, false, HALF_JSON],
    [{ mode: "open_after_stop" }, true, WHOLE_STREAM],
    [{ mode: "open_after_stop" }, false, WHOLE_JSON],
    [{ mode: "slow", intervalMs: 3_600_000 }, true, /^event: message_start\n.*\n\n$/],
    [{ mode: "slow", intervalMs: 3_600_000 }, false, HALF_JSON],
  ])("never ends for %j, stream: %j", async (fault, stream, text) => {
    fail(fault);
    const answer = await openDirectly(stream);
    expect(answer.status).toBe(200);
    await expect(answer.until(text)).resolves.toBeDefined();
    expect(await answer.staysOpen()).toBe(true);
  });

  it("passes through the gateway unchanged", async () => {
    fail({ mode: "open_after_stop" });
    const answer = await openCall(cloud(), {
      path: "/v1/account/gateway/anthropic/v1/messages",
      headers: { ...ANTHROPIC_HEADERS, "cf-aig-authorization": "Bearer run-token" },
      body: question(true),
    });
    await expect(answer.until(WHOLE_STREAM)).resolves.toBeDefined();
    expect(await answer.staysOpen()).toBe(true);
  });

  it.each<[Fault, number]>([
    [{ mode: "no_content" }, 5],
    [{ mode: "pings_after_content" }, 5],
    [{ mode: "slow", intervalMs: 3_600_000 }, 3_600_000],
  ])("clears its timer when the caller disconnects: %j", async (fault, intervalMs) => {
    const set = vi.spyOn(globalThis, "setInterval");
    const clear = vi.spyOn(globalThis, "clearInterval");
    onTestFinished(() => void vi.restoreAllMocks());
    fail(fault);
    const answer = await openDirectly(true);
    await answer.until(/message_start/);
    const at = set.mock.calls.findIndex(([, ms]) => ms === intervalMs);

    answer.disconnect();

    await expect.poll(() => clear.mock.calls.flat()).toContain(set.mock.results[at]?.value);
  });
});
