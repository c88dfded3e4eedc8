/**
 * Whose failure an error status is: the caller's own, the target's for everybody, unclear, or
 * nobody's.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Caller } from "../caller.ts";
import { TimeLimit } from "../time-limit.ts";
import { classify, type Expectation, type Outcome, timeOut } from "./classify.ts";

const EXPECTED: Expectation = {
  stream: false,
  shape: "message",
  modelIsKnown: true,
  namesStoredObjects: false,
  callerChoseAccount: false,
};
const LIMITS = { firstContentMs: 60_000, wholeMs: 60_000 };
const envelope = (message = "?", type = "some_error") => JSON.stringify({ type: "error", error: { type, message } });
const HTML = "<html><body>nginx</body></html>";
const GOOGLES = (code: number) => JSON.stringify({ error: { code, message: "project p", status: "X" } });

afterEach(() => {
  vi.useRealTimers();
});

async function outcomeOf(status: number, body: BodyInit | null, expected: Partial<Expectation> = {}): Promise<Outcome> {
  const limit = new TimeLimit(new Caller(new AbortController().signal));
  const outcome = await classify(new Response(body, { status }), { ...EXPECTED, ...expected }, limit, LIMITS);
  limit.end();
  return outcome;
}

async function blameOf(status: number, body: BodyInit | null, expected: Partial<Expectation> = {}): Promise<string> {
  const outcome = await outcomeOf(status, body, expected);
  return outcome.kind === "failure" ? outcome.blame : outcome.kind;
}

describe("a refused credential or bill", () => {
  it.each([401, 402])("(%i) is the target's: the credential is ours", async (status) => {
    expect(await blameOf(status, envelope())).toBe("target");
  });

  it.each([401, 402])("(%i) is unclear where the caller chose the account", async (status) => {
    expect(await blameOf(status, envelope(), { callerChoseAccount: true })).toBe("unclear");
  });

  it.each([true, false])("(403) is unclear, whether the caller chose the account: %s", async (callerChoseAccount) => {
    expect(await blameOf(403, envelope(), { callerChoseAccount })).toBe("unclear");
  });
});

describe("a status that the target is at fault for", () => {
  it.each([429, 500, 502, 503, 504, 524, 529])("counts against it for everybody: %i", async (status) => {
    expect(await blameOf(status, envelope())).toBe("target");
    expect(await blameOf(status, HTML)).toBe("target");
  });

  it("is unclear where a slow upload may be why: 408", async () => {
    expect(await blameOf(408, envelope())).toBe("unclear");
  });
});

describe("a 404", () => {
  it("for a model of the table is the target's where it names the model", async () => {
    expect(await blameOf(404, envelope("model: claude-sonnet-4-6"))).toBe("target");
  });

  it("for a model of the table is unclear where it names something else", async () => {
    expect(await blameOf(404, envelope("Not found"))).toBe("unclear");
  });

  it.each([
    ["in no envelope", HTML],
    ["with a message that is no text", '{"type":"error","error":{"type":"not_found_error","message":1}}'],
  ])("for a model of the table is unclear %s", async (_what, body) => {
    expect(await blameOf(404, body)).toBe("unclear");
  });

  it("is the caller's where the request names objects that Anthropic keeps", async () => {
    expect(await blameOf(404, envelope("File not found"), { namesStoredObjects: true })).toBe("caller_error");
  });

  it("is the target's where it names the model, though the request names stored objects", async () => {
    expect(await blameOf(404, envelope("model: claude-sonnet-4-6"), { namesStoredObjects: true })).toBe("target");
  });

  it("is the caller's where the table does not know the model", async () => {
    expect(await blameOf(404, envelope("model: gpt"), { modelIsKnown: false })).toBe("caller_error");
  });
});

describe("an error of Google's front end", () => {
  it("is nobody's as a 400", async () => {
    expect(await blameOf(400, GOOGLES(400))).toBe("nobody");
  });

  it("is the target's as a 404", async () => {
    expect(await blameOf(404, GOOGLES(404), { modelIsKnown: false })).toBe("target");
  });

  it("is unclear as a 403", async () => {
    expect(await blameOf(403, GOOGLES(403))).toBe("unclear");
  });

  it("is told by its code, never by its text, which names the project", async () => {
    const outcome = await outcomeOf(500, `[${GOOGLES(503)}]`);

    expect(outcome).toMatchObject({ failure: { label: "500", status: 529, body: { kind: "own" } } });
    expect(JSON.stringify(outcome)).not.toContain("project p");
  });
});

describe("any other 4xx", () => {
  it.each([400, 405, 409, 413, 414, 415, 418, 422, 431])("is the caller's: %i", async (status) => {
    expect(await blameOf(status, envelope())).toBe("caller_error");
  });

  it.each([400, 413, 431])("is the caller's as a web page, too, and is told without its text: %i", async (status) => {
    const outcome = await outcomeOf(status, HTML);

    expect(outcome).toMatchObject({
      kind: "caller_error",
      failure: {
        label: String(status),
        status,
        body: { kind: "own", error: { message: `The target answered with status ${status}.` } },
      },
    });
  });

  it("is the caller's above 1 MiB, too, and is told by its status alone", async () => {
    const outcome = await outcomeOf(400, envelope("x".repeat(1024 * 1024)));

    expect(outcome).toMatchObject({ kind: "caller_error", failure: { status: 400, body: { kind: "own" } } });
  });
});

describe("a 400 about our account", () => {
  it.each([
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade.",
    "Your credit balance is too low to access the Claude API.",
    "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
  ])("is the target's: %s", async (message) => {
    expect(await blameOf(400, envelope(message))).toBe("target");
  });

  const SENTENCE = "Your credit balance is too low to access the Anthropic API.";
  it.each([
    ["a member that is called like it", `${SENTENCE}: Extra inputs are not permitted`],
    ["a member with a new line in its name", `${SENTENCE}\n: Extra inputs are not permitted`],
    ["a member with a new line in front of its name", `\n${SENTENCE}: Extra inputs are not permitted`],
    ["a member with lines of all kinds", `${SENTENCE}\r\u2028\u2029\n.x: Extra inputs are not permitted`],
    ["a value that quotes it", `messages.0.role: Input should be 'user', got '${SENTENCE}'`],
    ["two faults, of which one quotes it", `max_tokens: Field required\n${SENTENCE}`],
    ["only its beginning", "Your credit balance is too low"],
    ["only its beginning and a member", "Your credit balance is too low: Extra inputs are not permitted"],
    ["a limit that is not the account's", "You have reached your limits."],
  ])("is the caller's where it has %s", async (_what, message) => {
    expect(await blameOf(400, envelope(message))).toBe("caller_error");
  });

  it("is no account limit under another status", async () => {
    expect(await blameOf(413, envelope(SENTENCE))).toBe("caller_error");
  });
});

describe("a status below 400", () => {
  it("is nobody's failure, and is told as a 502", async () => {
    expect(await outcomeOf(304, null)).toMatchObject({
      kind: "failure",
      blame: "nobody",
      failure: { label: "304", status: 502 },
    });
  });
});

describe("an error in Anthropic's envelope", () => {
  it("keeps its bytes and its headers", async () => {
    const limit = new TimeLimit(new Caller(new AbortController().signal));
    const response = new Response(envelope("y"), { status: 500, headers: { "retry-after": "3" } });

    const outcome = await classify(response, EXPECTED, limit, LIMITS);

    if (outcome.kind !== "failure") throw new Error("no failure");
    expect(outcome.failure.body).toEqual({ kind: "provider", text: envelope("y") });
    expect(outcome.failure.headers.get("retry-after")).toBe("3");
  });

  it.each([
    ["a message that is no text", '{"type":"error","error":{"type":"x","message":1}}', "provider"],
    ["no message", '{"type":"error","error":{"type":"x"}}', "provider"],
    ["no type", '{"type":"error","error":{}}', "own"],
    ["no error", '{"type":"error"}', "own"],
    ["a null error", '{"type":"error","error":null}', "own"],
    ["null", "null", "own"],
    ["nothing", "", "own"],
  ])("is one or not where it has %s", async (_what, body, kind) => {
    expect(await outcomeOf(500, body)).toMatchObject({ failure: { body: { kind } } });
  });
});

describe("an error of the gateway's own", () => {
  const gateway = (code: number) => JSON.stringify({ success: false, error: [{ code }] });

  it.each([
    [429, 2003, "limited", 429, null],
    [401, 2009, "misconfigured", 502, "false"],
    [500, 2005, "continue", 502, null],
  ])("(%i, code %i) is a verdict, not a target's failure", async (status, code, action, told, retry) => {
    const outcome = await outcomeOf(status, gateway(code));

    expect(outcome).toMatchObject({
      kind: "gateway",
      verdict: { code, action },
      failure: { label: `gateway:${code}`, status: told },
    });
    expect("failure" in outcome && outcome.failure.headers.get("x-should-retry")).toBe(retry);
  });
});

describe("an error's body that stalls", () => {
  it("is told by its status alone after 5 s", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const limit = new TimeLimit(new Caller(new AbortController().signal));
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"type":"error"'));
        limit.signal.addEventListener("abort", () => controller.error(new Error("aborted")));
      },
    });
    const outcome = classify(new Response(body, { status: 529 }), EXPECTED, limit, LIMITS);

    await vi.advanceTimersByTimeAsync(5_000);

    expect(await outcome).toMatchObject({
      kind: "failure",
      blame: "target",
      failure: { label: "529", status: 529, body: { kind: "own" } },
    });
  });
});

describe("an answer's body that stalls", () => {
  it("is a time-out, which a long answer may be why", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const limit = new TimeLimit(new Caller(new AbortController().signal));
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        limit.signal.addEventListener("abort", () => controller.error(new Error("aborted")));
      },
    });
    const outcome = classify(new Response(body), EXPECTED, limit, LIMITS);

    await vi.advanceTimersByTimeAsync(LIMITS.wholeMs);

    expect(await outcome).toEqual(timeOut());
    expect(timeOut()).toMatchObject({ kind: "failure", blame: "unclear", failure: { label: "timeout", status: 504 } });
  });
});
