/** What a response turns out to be, by its status, its body and its form. */
import { describe, expect, it } from "vitest";
import { type Expectation, inspect, type Outcome } from "./outcome.ts";

const EXPECTED: Expectation = {
  stream: false,
  firstEventMs: 1_000,
  modelIsKnown: true,
  requestId: "req_1",
  onStreamEnd: () => undefined,
};
const envelope = (type: string, message = "?") => JSON.stringify({ type: "error", error: { type, message } });
const MESSAGE = '{"id":"msg_01","type":"message"}';
const STREAM = { "content-type": "text/event-stream; charset=utf-8" };
const CONTENT = 'event: content_block_delta\ndata: {"type":"content_block_delta"}\n\n';

function told(outcome: Outcome): string {
  switch (outcome.kind) {
    case "answer":
      return `answer ${outcome.answer.isVertexs}`;
    case "gateway":
      return `gateway ${outcome.verdict.action} ${outcome.failure.label} ${outcome.failure.status}`;
    default:
      return `${outcome.kind} ${outcome.failure.label} ${outcome.failure.status} ${outcome.failure.isAnthropics}`;
  }
}

async function outcomeOf(
  body: BodyInit | null,
  init: ResponseInit = {},
  expected: Partial<Expectation> = {},
): Promise<string> {
  return told(await inspect(new Response(body, init), { ...EXPECTED, ...expected }));
}

describe("a 200 without a stream", () => {
  it.each([
    ["a message", MESSAGE, "answer false"],
    ["a message of Vertex's", '{"id": "msg_vrtx_01"}', "answer true"],
    ["an error's body", envelope("overloaded_error"), "failure 200:error_body 529 true"],
    ["an error's body of an unknown type", envelope("new_error"), "failure 200:error_body 500 true"],
    ["an error's body without a type", '{"type":"error"}', "failure 200:error_body 502 false"],
    ["nothing", "", "failure 200:empty 502 false"],
    ["a web page", "<html>", "failure 200:no_json 502 false"],
    ["a list", "[]", "failure 200:no_json 502 false"],
    ["null", "null", "failure 200:no_json 502 false"],
  ])("that has %s", async (_what, body, outcome) => {
    expect(await outcomeOf(body)).toBe(outcome);
  });
});

describe("a 200 to a streamed request", () => {
  it.each([
    ["content", CONTENT, STREAM, "answer false"],
    [
      "an error first",
      `event: error\ndata: ${envelope("overloaded_error")}\n\n`,
      STREAM,
      "failure 200:error_event 529 true",
    ],
    ["an error first that says nothing", "event: error\ndata: {}\n\n", STREAM, "failure 200:error_event 502 false"],
    ["nothing", "", STREAM, "failure 200:empty_stream 502 false"],
    ["an end before any content", "event: ping\ndata: {}\n\n", STREAM, "failure 200:cut_before_content 502 false"],
    ["no stream but an error", envelope("rate_limit_error"), {}, "failure 200:error_body 429 true"],
    ["no stream but a message", MESSAGE, { "content-type": "application/json" }, "failure 200:no_stream 502 false"],
    ["no stream but much", "x".repeat(70_000), {}, "failure 200:no_stream 502 false"],
  ])("that has %s", async (_what, body, headers, outcome) => {
    expect(await outcomeOf(body, { headers }, { stream: true })).toBe(outcome);
  });

  it("is told by its content type where the request was not read", async () => {
    expect(await outcomeOf(CONTENT, { headers: STREAM }, { stream: undefined })).toBe("answer false");
    expect(await outcomeOf(MESSAGE, {}, { stream: undefined })).toBe("answer false");
  });
});

describe("a refusal", () => {
  it.each([
    [400, envelope("invalid_request_error"), "caller_error 400 400 true"],
    [400, envelope("invalid_request_error", "Your credit balance is too low"), "failure 400 400 true"],
    [
      400,
      envelope("invalid_request_error", "You have reached your specified API usage limits"),
      "failure 400 400 true",
    ],
    [413, envelope("request_too_large"), "caller_error 413 413 true"],
    [413, envelope("request_too_large", "Your credit balance is too low"), "caller_error 413 413 true"],
    ...[401, 402, 403, 408, 429, 500, 529].map(
      (status) => [status, envelope("x"), `failure ${status} ${status} true`] as const,
    ),
    [404, envelope("not_found_error"), "failure 404 404 true"],
    [400, '{"error":{"code":400,"status":"INVALID_ARGUMENT"}}', "failure 400 400 false"],
    [500, '[{"error":{"code":503}}]', "failure 500 529 false"],
    [418, "a teapot", "failure 418 418 false"],
    [304, null, "failure 304 502 false"],
    [429, JSON.stringify({ name: "AiGatewayError", internalCode: 2003 }), "gateway limited gateway:2003 429"],
    [401, JSON.stringify({ success: false, error: [{ code: 2009 }] }), "gateway misconfigured gateway:2009 502"],
  ] as const)("%i with %s", async (status, body, outcome) => {
    expect(await outcomeOf(body, { status })).toBe(outcome);
  });

  it("404 for a model that the table does not know is the caller's", async () => {
    expect(await outcomeOf(envelope("not_found_error"), { status: 404 }, { modelIsKnown: false })).toBe(
      "caller_error 404 404 true",
    );
  });

  it("in Anthropic's envelope keeps its bytes and headers; any other is told without its text", async () => {
    const anthropics = await inspect(
      new Response(envelope("x", "y"), { status: 500, headers: { "retry-after": "3" } }),
      EXPECTED,
    );
    expect(anthropics).toMatchObject({ failure: { body: envelope("x", "y") } });
    expect("failure" in anthropics && anthropics.failure.headers.get("retry-after")).toBe("3");
    const googles = await inspect(new Response('{"error":{"message":"project p"}}', { status: 403 }), EXPECTED);
    expect("failure" in googles && googles.failure.body).toContain("The target answered with status 403.");
    expect("failure" in googles && googles.failure.body).not.toContain("project p");
  });

  it("of the gateway's that only a deployment mends is not to be tried again; a limit is", async () => {
    const refused = async (code: number) => {
      const outcome = await inspect(
        Response.json({ name: "AiGatewayError", internalCode: code }, { status: 400 }),
        EXPECTED,
      );
      return "failure" in outcome && outcome.failure.headers.get("x-should-retry");
    };
    expect(await refused(2009)).toBe("false");
    expect(await refused(2003)).toBeNull();
  });
});
