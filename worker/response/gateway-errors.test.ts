import { describe, expect, it } from "vitest";
import { gatewayVerdict } from "./gateway-errors.ts";

/** Both forms that the gateway was seen to use. */
const thrown = (code: number) => ({ name: "AiGatewayError", internalCode: code, message: "?" });
const listed = (code: number) => ({ success: false, result: [], messages: [], error: [{ code, message: "?" }] });

describe("an error of the gateway's own", () => {
  it.each([
    [2001, "misconfigured", 502, /does not exist \(2001\): run `pulumi up`/],
    [2003, "limited", 429, /rate limit/],
    [2005, "continue", 502, /no response/],
    [2008, "misconfigured", 502, /does not know the provider/],
    [2009, "misconfigured", 502, /refused this stack's run token/],
    [2040, "misconfigured", 502, /no credential/],
    [2041, "limited", 429, /spend limit/],
    [2099, "continue", 502, /failed \(2099\)/],
  ])("%i means %s, told as %i", (code, action, status, message) => {
    for (const body of [thrown(code), listed(code)]) {
      expect(gatewayVerdict(body)).toEqual({ code, action, status, message: expect.stringMatching(message) });
    }
  });

  it.each([
    ["Anthropic's envelope", { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }],
    ["Google's", { error: { code: 403, message: "denied", status: "PERMISSION_DENIED" } }],
    ["Google's list", [{ error: { code: 403 } }]],
    ["an answer", { success: true, error: [{ code: 2005 }] }],
    ["a refusal without a list", { success: false, error: "no" }],
    ["nothing", undefined],
    ["null", null],
    ["a text", "AiGatewayError"],
  ])("is not %s", (_what, body) => {
    expect(gatewayVerdict(body)).toBeUndefined();
  });

  it("without a code goes on to the next target", () => {
    expect(gatewayVerdict({ success: false, error: [] })).toMatchObject({ code: 0, action: "continue" });
    expect(gatewayVerdict({ name: "AiGatewayError" })).toMatchObject({ code: 0, action: "continue" });
  });
});
