import { describe, expect, it } from "vitest";
import { gatewayVerdict } from "./gateway-errors.ts";

/** The gateway uses both forms. */
const thrown = (code: number) => ({ name: "AiGatewayError", internalCode: code, message: "?" });
const listed = (code: number) => ({ success: false, result: [], messages: [], error: [{ code, message: "?" }] });

describe("an error of the gateway", () => {
  it.each([
    [2001, "misconfigured", 502, /does not exist \(2001\): run `pulumi up`/],
    [2003, "limited", 429, /rate limit/],
    [2005, "continue", 502, /no response/],
    [2008, "misconfigured", 502, /does not know the provider/],
    [2009, "misconfigured", 502, /refused this stack's run token/],
    [2040, "misconfigured", 502, /no credential/],
    [2041, "limited", 429, /spend limit/],
    [2099, "continue", 502, /failed \(2099\)/],
  ])("%i means %s and becomes a %i", (code, action, status, message) => {
    for (const body of [thrown(code), listed(code)]) {
      expect(gatewayVerdict(body)).toEqual({ code, action, status, message: expect.stringMatching(message) });
    }
  });

  it.each([
    ["Anthropic's envelope", { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }],
    ["Google's error", { error: { code: 403, message: "denied", status: "PERMISSION_DENIED" } }],
    ["Google's error in a list", [{ error: { code: 403 } }]],
    ["a success", { success: true, error: [{ code: 2005 }] }],
    ["a refusal without a list", { success: false, error: "no" }],
    ["undefined", undefined],
    ["null", null],
    ["a string", "AiGatewayError"],
  ])("is not %s", (_what, body) => {
    expect(gatewayVerdict(body)).toBeUndefined();
  });

  it("without a code continues with the next target", () => {
    expect(gatewayVerdict({ success: false, error: [] })).toMatchObject({ code: 0, action: "continue" });
    expect(gatewayVerdict({ name: "AiGatewayError" })).toMatchObject({ code: 0, action: "continue" });
  });
});
