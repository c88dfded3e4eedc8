import { describe, expect, it } from "vitest";
import { callHost, useCloud } from "../testing/cloud.ts";
import { type Fault, Faults } from "./faults.ts";

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

  it("is not used up by peeking", () => {
    const faults = new Faults();
    faults.set("anthropic", { mode: "reset", times: 1 });
    expect(faults.peek("anthropic")).toEqual(faults.peek("anthropic"));
    expect(faults.take("anthropic")?.mode).toBe("reset");
  });

  it("for one location takes precedence over the fault for all locations", () => {
    const faults = new Faults();
    faults.set("vertex", { mode: "hang", times: 1 });
    faults.set("vertex/us-east5", { mode: "reset", times: 1 });
    expect(faults.peek("vertex/us-east5")?.mode).toBe("reset");
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
  ])("is refused when %s cannot fail in that way: %j", (target, fault) => {
    expect(() => new Faults().set(target, fault)).toThrow();
  });

  it.each([
    ["bedrock/us-east1", /Did you mean bedrock\/us-east-1\?$/],
    ["vertex/us-esat5", /^vertex\/us-esat5 is not a target. Did you mean vertex\/us-east5\?$/],
    ["Anthropic", /Did you mean anthropic\?$/],
    ["vertex/", /is not a target\. /],
    ["moon", /^moon is not a target\. The targets are anthropic, vertex, bedrock, gateway, google, vertex\/us-east5, /],
  ])("is refused for %s, which is not a target", (target, message) => {
    const faults = new Faults();
    expect(() => faults.set(target, HANG)).toThrow(message);
    expect(() => faults.clear(target)).toThrow(message);
  });

  it.each(["us-east5", "us", "eu", "global", "europe-west1", "asia-southeast1"])(
    "can be set for Vertex in %s",
    (location) => {
      const faults = new Faults();
      faults.set(`vertex/${location}`, HANG);
      expect(faults.take("vertex", location)).toEqual(HANG);
    },
  );

  it.each([
    [
      "anthropic",
      { mode: "silnt" },
      /^silnt is not a mode of anthropic\. Did you mean silent\? The modes of anthropic are hang, /,
    ],
    [
      "google",
      { mode: "sulk" },
      /^sulk is not a mode of google\. The modes of google are hang, reset, refused, status, malformed, /,
    ],
    ["gateway", {}, /^A fault is a JSON object with a mode\. The modes of gateway are /],
    ["gateway", undefined, /^A fault is a JSON object with a mode/],
    ["gateway", null, /^A fault is a JSON object with a mode/],
  ])("is refused for %s with an unknown mode: %j", (target, fault, message) => {
    expect(() => new Faults().set(target, fault as Fault)).toThrow(message);
  });

  it("fills in default parameters", () => {
    const faults = new Faults();
    faults.set("anthropic", { mode: "oversized_error" });
    expect(faults.take("anthropic")).toEqual({ mode: "oversized_error", status: 400, bytes: 200_000 });
  });
});

describe("faults over HTTP", () => {
  const cloud = useCloud();
  const send = async (method: string, target: string, fault?: object) => {
    const body = fault ? { body: JSON.stringify(fault) } : {};
    const { status, text } = await callHost(cloud(), { method, path: `/faults${target}`, ...body });
    return { status, value: JSON.parse(text) };
  };

  it("are set, listed and cleared", async () => {
    const set = await send("PUT", "/vertex/us-east5", { mode: "cut", at: "cr", times: 2 });
    const listed = await send("GET", "");
    const cleared = await send("DELETE", "/vertex/us-east5");
    expect(set).toEqual({ status: 200, value: { "vertex/us-east5": { mode: "cut", at: "cr", times: 2 } } });
    expect(listed).toEqual(set);
    expect(cleared).toEqual({ status: 200, value: {} });
  });

  it("return 404 for a misspelled target, with a suggestion and all targets", async () => {
    const { status, value } = await send("PUT", "/vertex/us-esat5", HANG);
    expect(status).toBe(404);
    expect(value.error).toBe("vertex/us-esat5 is not a target. Did you mean vertex/us-east5?");
    expect(value.targets).toEqual(
      expect.arrayContaining(["anthropic", "gateway", "google", "vertex", "vertex/global"]),
    );
  });

  it("return 400 for a misspelled mode, with a suggestion and all modes", async () => {
    const { status, value } = await send("PUT", "/gateway", { mode: "stalled_eror" });
    expect(status).toBe(400);
    expect(value.error).toBe(
      "stalled_eror is not a mode of gateway. Did you mean stalled_error? " +
        "The modes of gateway are hang, reset, status, stalled_error, gateway_error.",
    );
  });

  it.each([
    [{ mode: "slow" }, /intervalMs/],
    [{ mode: "slow", intervalMs: 0 }, /intervalMs/],
    [{ mode: "status", status: 200 }, /status/],
    [{ mode: "cut", at: "night" }, /at/],
    [{ mode: "content_type", value: "a\r\nb: c" }, /value/],
    [{ mode: "silent", byts: 1 }, /byts/],
  ])("return 400 that names the wrong parameter: %j", async (fault, message) => {
    const { status, value } = await send("PUT", "/anthropic", fault);
    expect(status).toBe(400);
    expect(value.error).toMatch(message);
  });

  it.each([
    ["POST", "/anthropic"],
    ["PUT", ""],
  ])("return 405 for %s %j", async (method, target) => {
    expect((await send(method, target, HANG)).status).toBe(405);
  });
});
