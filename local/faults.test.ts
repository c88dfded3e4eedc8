import { describe, expect, it } from "vitest";
import { type Fault, Faults } from "./faults.ts";
import { callAnthropic, QUESTION, useCloud } from "./test-cloud.ts";

const RESET: Fault = { mode: "reset" };
const HANG: Fault = { mode: "hang" };

describe("a fault", () => {
  it("stays until it is cleared", () => {
    const faults = new Faults();
    faults.set("anthropic", RESET);
    expect([faults.take("anthropic"), faults.take("anthropic")]).toEqual([RESET, RESET]);
    faults.clear("anthropic");
    expect(faults.take("anthropic")).toBeUndefined();
  });

  it("clears itself after its number of uses", () => {
    const faults = new Faults();
    faults.set("anthropic", { mode: "reset", times: 2 });
    expect(faults.take("anthropic")?.mode).toBe("reset");
    expect(faults.list()).toEqual({ anthropic: { mode: "reset", times: 1 } });
    expect(faults.take("anthropic")?.mode).toBe("reset");
    expect(faults.take("anthropic")).toBeUndefined();
    expect(faults.list()).toEqual({});
  });

  it("is not spent by looking at it", () => {
    const faults = new Faults();
    faults.set("anthropic", { mode: "reset", times: 1 });
    expect(faults.of("anthropic")).toEqual(faults.of("anthropic"));
    expect(faults.take("anthropic")?.mode).toBe("reset");
  });

  it("of a location comes before that of all locations, and spends only itself", () => {
    const faults = new Faults();
    faults.set("vertex", { mode: "hang", times: 1 });
    faults.set("vertex/us-east5", { mode: "reset", times: 1 });
    expect(faults.of("vertex/us-east5")?.mode).toBe("reset");
    expect(faults.take("vertex", "us-east5")?.mode).toBe("reset");
    expect(faults.take("vertex", "us-east5")?.mode).toBe("hang");
    expect(faults.take("vertex", "us-east5")).toBeUndefined();
  });

  it.each<[string, Fault]>([
    ["gateway", { mode: "cut" }],
    ["google", { mode: "error_event", type: "overloaded_error" }],
    ["anthropic", { mode: "gateway_error", code: 2005 }],
    ["gateway", { mode: "gateway_error", code: 1 as 2005 }],
    ["anthropic", { mode: "reset", times: 0 }],
  ])("is refused where %s cannot fail in that way: %j", (target, fault) => {
    expect(() => new Faults().set(target, fault)).toThrow();
  });

  it("is refused for what is no target", () => {
    expect(() => new Faults().set("moon", HANG)).toThrow(/moon is no target/);
  });
});

describe("a provider's answer with a fault", () => {
  const cloud = useCloud();
  const ask = (fault: Fault, stream: boolean) => {
    cloud().cloud.context.faults.set("anthropic", fault);
    return callAnthropic(cloud(), { path: "/v1/messages", body: JSON.stringify({ ...QUESTION, stream }) });
  };

  it.each<[Fault, boolean, RegExp, RegExp, boolean]>([
    [{ mode: "empty" }, false, /json/, /^$/, true],
    [{ mode: "empty" }, true, /event-stream/, /^$/, true],
    [{ mode: "html" }, false, /html/, /^<!DOCTYPE html>/, true],
    [{ mode: "html" }, true, /html/, /^<!DOCTYPE html>/, true],
    [{ mode: "garbage" }, false, /json/, /^\ufffd/, true],
    [{ mode: "garbage" }, true, /event-stream/, /^\ufffd/, true],
    [{ mode: "error_body", type: "api_error" }, false, /json/, /^\{"type":"error".*api_error/, true],
    [{ mode: "error_body", type: "api_error" }, true, /json/, /^\{"type":"error".*api_error/, true],
    [
      { mode: "error_event", type: "api_error" },
      true,
      /event-stream/,
      /message_start[\s\S]*event: error\n.*\n\n$/,
      true,
    ],
    [
      { mode: "error_event_after_content", type: "api_error" },
      true,
      /event-stream/,
      /content_block_delta[\s\S]*event: error\n.*\n\n$/,
      true,
    ],
    [{ mode: "error_event_after_content", type: "api_error" }, false, /json/, /^\{"type":"error"/, true],
    [{ mode: "cut" }, false, /json/, /^\{"id"[\s\S]*[^}]$/, false],
    [{ mode: "cut" }, true, /event-stream/, /content_block_delta/, false],
    [{ mode: "truncated" }, false, /json/, /^\{"id"[\s\S]*[^}]$/, true],
    [{ mode: "truncated" }, true, /event-stream/, /content_block_delta(?![\s\S]*message_stop)/, true],
  ])("is %j, stream: %j", async (fault, stream, type, text, complete) => {
    const answer = await ask(fault, stream);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toMatch(type);
    expect(answer.text).toMatch(text);
    expect(answer.complete).toBe(complete);
  });

  it.each<[Fault]>([[{ mode: "reset" }], [{ mode: "refused" }]])("is none: %j", async (fault) => {
    await expect(ask(fault, false)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it.each([
    ["no_content", true, /message_start[\s\S]*(event: ping[\s\S]*){3}/],
    ["no_content", false, /^\{"id"[\s\S]*[^}]$/],
    ["silent", true, /message_start/],
    ["silent", false, /^$/],
  ] as const)("never ends: %s, stream: %j", async (mode, stream, text) => {
    cloud().cloud.context.faults.set("anthropic", { mode });
    const controller = new AbortController();
    const response = await fetch(`${cloud().cloud.url}/v1/account/gateway/anthropic/v1/messages`, {
      method: "POST",
      signal: controller.signal,
      headers: {
        "cf-aig-authorization": "Bearer run-token",
        "x-api-key": "sk-ant-test",
        "anthropic-version": "2023-06-01",
      },
      body: JSON.stringify({ ...QUESTION, stream }),
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    while (!text.test(seen)) seen += (await reader?.read())?.value ?? "";
    expect(seen).not.toContain("content_block_delta");
    controller.abort();
  });
});
