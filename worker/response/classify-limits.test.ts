/** Tests what an account at a limit and Cloudflare's own errors mean for the target. */
import { describe, expect, it } from "vitest";
import { Caller } from "../caller.ts";
import { TimeLimit } from "../time-limit.ts";
import { classify, type Expectation, type Outcome } from "./classify.ts";
import { EXPECTED } from "./expectation-in-test.ts";

const LIMITS = { firstContentMs: 60_000, wholeMs: 60_000 };

function limitBody(code: unknown, message = "You have reached your API usage limits."): string {
  const type = "rate_limit_error";
  return JSON.stringify({ type: "error", error: { type, message, details: { error_code: code } } });
}

async function outcomeOf(response: Response, expected: Partial<Expectation> = {}): Promise<Outcome> {
  const limit = new TimeLimit(new Caller(new AbortController().signal));
  const outcome = await classify(response, { ...EXPECTED, ...expected }, limit, LIMITS);
  limit.end();
  return outcome;
}

async function failureOf(status: number, body: string, expected: Partial<Expectation> = {}) {
  const outcome = await outcomeOf(new Response(body, { status, headers: { "retry-after": "60" } }), expected);
  if (outcome.kind !== "failure") throw new Error(outcome.kind);
  const { blame, failure } = outcome;
  return { blame, label: failure.label, status: failure.status, retry: failure.headers.get("x-should-retry"), failure };
}

describe("an account at a limit", () => {
  it.each([
    [429, "contract_spend_limit_reached", "target", "false"],
    [429, "enforced_spend_limit_reached", "target", "false"],
    [429, "ramp_limit_exceeded", "target", null],
    [402, "linked_organization_spend_limit_reached", "unclear", "false"],
    [402, "linked_organization_billing_unavailable", "unclear", "false"],
  ])("(%i %s) is named, and is not retried in vain", async (status, code, blame, retry) => {
    const failed = await failureOf(status, limitBody(code));

    expect(failed).toMatchObject({ blame, label: `${status}:${code}`, status, retry });
    expect(failed.failure.body).toEqual({ kind: "provider", text: limitBody(code) });
    expect(failed.failure.headers.get("retry-after")).toBe("60");
  });

  it.each([
    [429, "enforced_spend_limit_reached"],
    [429, "ramp_limit_exceeded"],
    [402, "linked_organization_spend_limit_reached"],
  ])("(%i %s) is unclear if the caller chose the account", async (status, code) => {
    expect(await failureOf(status, limitBody(code), { callerChoseAccount: true })).toMatchObject({ blame: "unclear" });
  });

  it("is unclear for a plain 429 too, if the caller chose the account", async () => {
    expect(await failureOf(429, limitBody(null), { callerChoseAccount: true })).toMatchObject({ blame: "unclear" });
  });
});

describe("a text that a caller can have chosen", () => {
  const CODE = "enforced_spend_limit_reached";
  it.each([
    ["the message of a 429", 429, limitBody(undefined, CODE), "429"],
    ["an unknown code", 429, limitBody(`${CODE};vertex/us-east5=200`), "429"],
    ["a code that is a list", 429, limitBody([CODE]), "429"],
    ["details that are a text", 429, '{"type":"error","error":{"type":"x","message":"","details":"d"}}', "429"],
    ["a body that is not an error envelope", 429, JSON.stringify({ error: { details: { error_code: CODE } } }), "429"],
    ["the code with another status", 529, limitBody(CODE), "529"],
  ])("names no limit: %s", async (_what, status, body, label) => {
    const failed = await failureOf(status, body);

    expect(failed).toMatchObject({ label, retry: null });
    expect(failed.failure.limit).toBeUndefined();
  });

  it("does not make a caller's own error a limit", async () => {
    expect((await outcomeOf(new Response(limitBody(CODE), { status: 400 }))).kind).toBe("caller_error");
  });
});

describe("an error of Cloudflare", () => {
  const PAGE = "<!DOCTYPE html><title>api.anthropic.com | Error</title>";
  const PROBLEM = '{"title":"Error","status":520,"error_code":520,"zone":"api.anthropic.com","cloudflare_error":true}';

  it.each([
    [520, "target", 502, "api_error"],
    [521, "target", 502, "api_error"],
    [522, "target", 504, "timeout_error"],
    [523, "target", 502, "api_error"],
    [524, "unclear", 504, "timeout_error"],
    [525, "target", 502, "api_error"],
    [526, "target", 502, "api_error"],
    [530, "target", 502, "api_error"],
  ])("(%i) is a failure whose caller gets nothing of its body", async (status, blame, told, type) => {
    for (const body of [PAGE, PROBLEM]) {
      const failed = await failureOf(status, body);

      expect(failed).toMatchObject({ blame, label: String(status), status: told });
      const message = `The target answered with status ${status}.`;
      expect(failed.failure.body).toEqual({ kind: "own", error: { type, message } });
    }
  });
});
