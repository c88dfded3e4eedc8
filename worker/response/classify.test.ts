/**
 * Tests whether a 200 is an answer or a failure. `classify-errors.test.ts` tests error statuses.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Caller } from "../caller.ts";
import { TimeLimit } from "../time-limit.ts";
import { classify, type Expectation, type Outcome } from "./classify.ts";
import { EXPECTED } from "./expectation-in-test.ts";

const LIMITS = { firstContentMs: 1_000, wholeMs: 1_000 };

const envelope = (type: string, message = "?") => JSON.stringify({ type: "error", error: { type, message } });
const MESSAGE = '{"id":"msg_01","type":"message","content":[]}';
const STREAM = { "content-type": "text/event-stream; charset=utf-8" };
const OTHER_TYPE = { "content-type": "application/json; profile=text/event-stream" };
const CONTENT = 'event: content_block_delta\ndata: {"type":"content_block_delta"}\n\n';

afterEach(() => {
  vi.useRealTimers();
});

function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "answer":
      return `answer ${outcome.answer.body.kind} ${outcome.answer.servedBy}`;
    case "failure":
      return `failure ${outcome.failure.label} ${outcome.failure.status} ${outcome.blame} ${outcome.failure.body.kind}`;
    default:
      return `${outcome.kind} ${outcome.failure.label} ${outcome.failure.status}`;
  }
}

async function outcomeOf(body: BodyInit | null, init: ResponseInit = {}, expected: Partial<Expectation> = {}) {
  const limit = new TimeLimit(new Caller(new AbortController().signal));
  const outcome = await classify(new Response(body, init), { ...EXPECTED, ...expected }, limit, LIMITS);
  limit.end();
  return outcome;
}

describe("a 200 to a request for JSON", () => {
  it.each<[string, string | null, string]>([
    ["an answer with a message", MESSAGE, "answer text anthropic"],
    ["an answer from Vertex with an id of Vertex", MESSAGE.replace("msg_01", "msg_vrtx_01"), "answer text vertex"],
    ["an answer from Bedrock with an id of Bedrock", MESSAGE.replace("msg_01", "msg_bdrk_01"), "answer text bedrock"],
    ["an answer from an unknown target without an id", '{"type":"message","content":[]}', "answer text undefined"],
    [
      "a failure with the error's status for an error body",
      envelope("overloaded_error"),
      "failure 200:error_body 529 target provider",
    ],
    [
      "a failure with the status 500 for an unknown error type",
      envelope("new_error"),
      "failure 200:error_body 500 target provider",
    ],
    ["a failure for an error without a type", '{"type":"error"}', "failure 200:no_message 502 target own"],
    ["a failure if it is empty", "", "failure 200:empty 502 target own"],
    ["a failure if it has no body", null, "failure 200:empty 502 target own"],
    ["a failure if it is a web page", "<html>", "failure 200:no_json 502 target own"],
    ["a failure if it is cut off", MESSAGE.slice(0, -1), "failure 200:no_json 502 target own"],
  ])("is %s", async (_what, body, outcome) => {
    expect(outcomeText(await outcomeOf(body))).toBe(outcome);
  });

  it.each([
    ["invalid_request_error", "unclear"],
    ["request_too_large", "unclear"],
    ["rate_limit_error", "target"],
    ["api_error", "target"],
  ])("with an error of the type %s has the blame %s", async (type, blame) => {
    expect(await outcomeOf(envelope(type))).toMatchObject({ kind: "failure", blame });
  });

  it("keeps the bytes of the answer", async () => {
    const text = ' {"content" : [],\n"type":"message", "id":"msg_é"} ';

    expect(await outcomeOf(text)).toMatchObject({ answer: { body: { kind: "text", text } } });
  });

  it("is passed on without a check above 16 MiB", async () => {
    const bytes = new Uint8Array(17 * 1024 * 1024).fill("x".charCodeAt(0));

    const outcome = await outcomeOf(bytes);

    if (outcome.kind !== "answer" || outcome.answer.body.kind !== "bytes")
      throw new Error("the answer was not passed on");
    expect(outcome.answer.body.held[0]?.[0]).toBe("x".charCodeAt(0));
  });

  it("is a failure if its connection breaks", async () => {
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new Error("Network connection lost.")),
    });

    expect(outcomeText(await outcomeOf(broken))).toBe("failure 200:cut 502 target own");
  });

  it("is read as JSON even with the content type of a stream", async () => {
    expect(outcomeText(await outcomeOf(MESSAGE, { headers: STREAM }))).toBe("answer text anthropic");
  });
});

describe("the shape of an answer", () => {
  const BODIES = {
    message: MESSAGE,
    count: '{"input_tokens":1}',
    page: '{"data":[]}',
    resource: '{"id":"x"}',
    "a message without content": '{"type":"message"}',
    "an empty object": "{}",
    "content without a type": '{"content":[]}',
    "Google's error": '{"error":{"code":503,"message":"x"}}',
    "a detail": '{"detail":"Not Found"}',
    "a list": "[]",
    null: "null",
    "a text": '"message"',
    "a number": "1",
  };

  it.each<[Expectation["shape"], (keyof typeof BODIES)[]]>([
    ["message", ["message"]],
    ["token_count", ["count"]],
    ["resource", ["message", "page", "resource"]],
    ["any", ["message", "count", "a message without content"]],
  ])("%s accepts %j", async (shape, accepted) => {
    const kinds = await Promise.all(
      Object.entries(BODIES).map(async ([name, body]) => [name, (await outcomeOf(body, {}, { shape })).kind]),
    );

    expect(kinds.filter(([, kind]) => kind === "answer").map(([name]) => name)).toEqual(accepted);
  });

  it.each(Object.entries(BODIES).slice(5))("is a failure of the target for %s", async (_what, body) => {
    const outcomes = await Promise.all(
      (["message", "token_count", "resource", "any"] as const).map((shape) => outcomeOf(body, {}, { shape })),
    );

    expect(outcomes.map(outcomeText)).toEqual(Array(4).fill("failure 200:no_message 502 target own"));
  });

  it("of a file is not checked", async () => {
    expect(outcomeText(await outcomeOf("<html>", {}, { stream: undefined, shape: "file" }))).toBe(
      "answer bytes undefined",
    );
  });

  it("of a file is passed on from its first byte", async () => {
    const outcome = await outcomeOf("<html>", {}, { stream: undefined, shape: "file" });

    if (outcome.kind !== "answer" || outcome.answer.body.kind !== "bytes") throw new Error("no bytes");
    expect(outcome.answer.body.held).toEqual([]);
  });

  it("of a file without a body is empty", async () => {
    const outcome = await outcomeOf(null, {}, { stream: undefined, shape: "file" });

    if (outcome.kind !== "answer" || outcome.answer.body.kind !== "bytes") throw new Error("no bytes");
    expect((await outcome.answer.body.reader.read()).done).toBe(true);
  });
});

describe("a 200 to a streamed request", () => {
  it.each<[string, string | null, HeadersInit, string]>([
    ["an answer with content", CONTENT, STREAM, "answer stream undefined"],
    [
      "a failure if it starts with an error event",
      `event: error\ndata: ${envelope("overloaded_error")}\n\n`,
      STREAM,
      "failure 200:error_event 529 target provider",
    ],
    [
      "a failure if it starts with an error event without an error",
      "event: error\ndata: {}\n\n",
      STREAM,
      "failure 200:error_event 502 target own",
    ],
    ["a failure if it is empty", "", STREAM, "failure 200:empty_stream 502 target own"],
    [
      "a failure if it ends before any content",
      "event: ping\ndata: {}\n\n",
      STREAM,
      "failure 200:cut_before_content 502 target own",
    ],
    [
      "a failure with the error's status for an error body",
      envelope("rate_limit_error"),
      {},
      "failure 200:error_body 429 target provider",
    ],
    ["a failure if it has no body", null, STREAM, "failure 200:no_stream 502 target own"],
    ["a failure if it has another content type", CONTENT, OTHER_TYPE, "failure 200:no_stream 502 target own"],
    ["a failure if it is a JSON message", MESSAGE, {}, "failure 200:no_stream 502 target own"],
    ["a failure if it is 17 MiB of text", "x".repeat(17 * 1024 * 1024), {}, "failure 200:no_stream 502 target own"],
  ])("is %s", async (_what, body, headers, outcome) => {
    expect(outcomeText(await outcomeOf(body, { headers }, { stream: true }))).toBe(outcome);
  });

  it("is unclear without content in time, because the request may be the cause", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const limit = new TimeLimit(new Caller(new AbortController().signal));
    const silent = new ReadableStream({
      start: (controller) => limit.signal.addEventListener("abort", () => controller.error(new Error("aborted"))),
    });
    const response = new Response(silent, { headers: STREAM });

    const outcome = classify(response, { ...EXPECTED, stream: true }, limit, LIMITS);
    await vi.advanceTimersByTimeAsync(LIMITS.firstContentMs);

    expect(outcomeText(await outcome)).toBe("failure 200:event_timeout 504 unclear own");
  });

  it("is from Vertex if its message has an id of Vertex", async () => {
    const start = 'event: message_start\ndata: {"message":{"id":"msg_vrtx_1"}}\n\n';

    expect(outcomeText(await outcomeOf(start + CONTENT, { headers: STREAM }, { stream: true }))).toBe(
      "answer stream vertex",
    );
  });

  it.each(["text/event-stream", "Text/Event-Stream", " TEXT/EVENT-STREAM;charset=UTF-8"])(
    "is recognized as a stream by its content type, in any case: %j",
    async (type) => {
      const outcome = await outcomeOf(CONTENT, { headers: { "content-type": type } }, { stream: true });

      expect(outcomeText(outcome)).toBe("answer stream undefined");
    },
  );
});

it("an answer to a request that was not read is recognized as a stream by its content type", async () => {
  const unread = { stream: undefined, shape: "any" } as const;
  const outcomes = [await outcomeOf(CONTENT, { headers: STREAM }, unread), await outcomeOf(MESSAGE, {}, unread)];

  expect(outcomes.map(outcomeText)).toEqual(["answer stream undefined", "answer text anthropic"]);
});
