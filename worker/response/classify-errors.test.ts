/** Tests the blame for an error status: the caller, the target, unclear, or nobody. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Caller } from "../caller.ts";
import { TimeLimit } from "../time-limit.ts";
import { classify, type Expectation, type Outcome, timeOut } from "./classify.ts";
import { EXPECTED } from "./expectation-in-test.ts";

const LIMITS = { firstContentMs: 60_000, wholeMs: 60_000 };
const envelope = (message = "?", type = "some_error") => JSON.stringify({ type: "error", error: { type, message } });
const HTML = "<html><body>nginx</body></html>";
const googleError = (code: number) => JSON.stringify({ error: { code, message: "project p", status: "X" } });

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

describe("a refused credential or payment", () => {
  it.each([401, 402])("(%i) is the target's failure, because the credential is ours", async (status) => {
    expect(await blameOf(status, envelope())).toBe("target");
  });

  it.each([401, 402])("(%i) is unclear if the caller chose the account", async (status) => {
    expect(await blameOf(status, envelope(), { callerChoseAccount: true })).toBe("unclear");
  });

  it.each([true, false])("(403) is unclear, if the caller chose the account or not: %s", async (callerChoseAccount) => {
    expect(await blameOf(403, envelope(), { callerChoseAccount })).toBe("unclear");
  });
});

describe("a target's error status", () => {
  it.each([429, 500, 502, 503, 520, 529])(
    "is the target's failure, with and without an envelope: %i",
    async (status) => {
      expect(await blameOf(status, envelope())).toBe("target");
      expect(await blameOf(status, HTML)).toBe("target");
    },
  );

  it.each([
    [408, "a slow upload"],
    [504, "an answer that takes long"],
    [524, "an answer that takes long"],
  ])("is unclear for %i, because %s may be the cause", async (status) => {
    expect(await blameOf(status, envelope())).toBe("unclear");
    expect(await blameOf(status, HTML)).toBe("unclear");
  });
});

describe("a 404", () => {
  it("for a model in the table is the target's failure if it names the model", async () => {
    expect(await blameOf(404, envelope("model: claude-sonnet-4-6"))).toBe("target");
  });

  it("for a model in the table is unclear if it names something else", async () => {
    expect(await blameOf(404, envelope("Not found"))).toBe("unclear");
  });

  it.each([
    ["without an envelope", HTML],
    ["with a number as its message", '{"type":"error","error":{"type":"not_found_error","message":1}}'],
  ])("for a model in the table is unclear %s", async (_what, body) => {
    expect(await blameOf(404, body)).toBe("unclear");
  });

  it("is the caller's error if the request names objects stored at Anthropic", async () => {
    expect(await blameOf(404, envelope("File not found"), { namesStoredObjects: true })).toBe("caller_error");
  });

  it("is the target's failure if it names the model, even if the request names stored objects", async () => {
    expect(await blameOf(404, envelope("model: claude-sonnet-4-6"), { namesStoredObjects: true })).toBe("target");
  });

  it("is the caller's error for an unknown model", async () => {
    expect(await blameOf(404, envelope("model: gpt"), { modelIsKnown: false })).toBe("caller_error");
  });
});

describe("an error from Google's front end", () => {
  it("is a failure without blame for a 400", async () => {
    expect(await blameOf(400, googleError(400))).toBe("nobody");
  });

  it("is the target's failure for a 404", async () => {
    expect(await blameOf(404, googleError(404), { modelIsKnown: false })).toBe("target");
  });

  it("is unclear for a 403", async () => {
    expect(await blameOf(403, googleError(403))).toBe("unclear");
  });

  it("keeps its code but not its text, which names the project", async () => {
    const outcome = await outcomeOf(500, `[${googleError(503)}]`);

    expect(outcome).toMatchObject({ failure: { label: "500", status: 529, body: { kind: "own" } } });
    expect(JSON.stringify(outcome)).not.toContain("project p");
  });
});

describe("any other 4xx", () => {
  it.each([400, 405, 409, 413, 414, 415, 418, 422, 431])("is the caller's error: %i", async (status) => {
    expect(await blameOf(status, envelope())).toBe("caller_error");
  });

  it.each([400, 413, 431])("is the caller's error as a web page too, but without its text: %i", async (status) => {
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

  it("is the caller's error above 1 MiB too, but without its text", async () => {
    const outcome = await outcomeOf(400, envelope("x".repeat(1024 * 1024)));

    expect(outcome).toMatchObject({ kind: "caller_error", failure: { status: 400, body: { kind: "own" } } });
  });
});

describe("a 400 about our account", () => {
  it.each([
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade.",
    "Your credit balance is too low to access the Claude API.",
    "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
  ])("is the target's failure: %s", async (message) => {
    expect(await blameOf(400, envelope(message))).toBe("target");
  });

  const SENTENCE = "Your credit balance is too low to access the Anthropic API.";
  it.each([
    ["a member whose name is the account error's text", `${SENTENCE}: Extra inputs are not permitted`],
    ["a member with a new line in its name", `${SENTENCE}\n: Extra inputs are not permitted`],
    ["a member with a new line before its name", `\n${SENTENCE}: Extra inputs are not permitted`],
    [
      "a member with all kinds of line ends in its name",
      `${SENTENCE}\r\u2028\u2029\n.x: Extra inputs are not permitted`,
    ],
    ["a value that quotes the text", `messages.0.role: Input should be 'user', got '${SENTENCE}'`],
    ["two faults, one of which quotes the text", `max_tokens: Field required\n${SENTENCE}`],
    ["only the beginning of the text", "Your credit balance is too low"],
    ["only the beginning of the text, as a member", "Your credit balance is too low: Extra inputs are not permitted"],
    ["another limit", "You have reached your limits."],
  ])("is the caller's error if it has %s", async (_what, message) => {
    expect(await blameOf(400, envelope(message))).toBe("caller_error");
  });

  it("is not an account limit with another status", async () => {
    expect(await blameOf(413, envelope(SENTENCE))).toBe("caller_error");
  });
});

describe("a status below 400", () => {
  it("becomes a 502 without blame", async () => {
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
    ["kept with a number as its message", '{"type":"error","error":{"type":"x","message":1}}', "provider"],
    ["kept without a message", '{"type":"error","error":{"type":"x"}}', "provider"],
    ["replaced without a type", '{"type":"error","error":{}}', "own"],
    ["replaced without an error", '{"type":"error"}', "own"],
    ["replaced with a null error", '{"type":"error","error":null}', "own"],
    ["replaced if it is null", "null", "own"],
    ["replaced if it is empty", "", "own"],
  ])("is %s", async (_what, body, kind) => {
    expect(await outcomeOf(500, body)).toMatchObject({ failure: { body: { kind } } });
  });
});

describe("an error of the gateway", () => {
  const gateway = (code: number) => JSON.stringify({ success: false, error: [{ code }] });

  it.each([
    [429, 2003, "limited", 429, null],
    [401, 2009, "misconfigured", 502, "false"],
    [500, 2005, "continue", 502, null],
  ])("(%i, code %i) is not a target's failure", async (status, code, action, expected, retry) => {
    const outcome = await outcomeOf(status, gateway(code));

    expect(outcome).toMatchObject({
      kind: "gateway",
      verdict: { code, action },
      failure: { label: `gateway:${code}`, status: expected },
    });
    expect("failure" in outcome && outcome.failure.headers.get("x-should-retry")).toBe(retry);
  });
});

describe("an error's body that stalls", () => {
  it("is replaced after 5 s, and its status is kept", async () => {
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
  it("is a timeout with unclear blame, because a long answer may be the cause", async () => {
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
