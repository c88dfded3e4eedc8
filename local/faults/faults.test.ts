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

  it.each([
    ["vertex/us-esat5", /^vertex\/us-esat5 is no target: did you mean vertex\/us-east5\?$/],
    ["Anthropic", /did you mean anthropic\?$/],
    ["vertex/", /is no target: /],
    ["moon", /^moon is no target: there are anthropic, vertex, gateway, google, vertex\/us-east5, /],
  ])("is refused for %s, which is no target", (target, message) => {
    const faults = new Faults();
    expect(() => faults.set(target, HANG)).toThrow(message);
    expect(() => faults.clear(target)).toThrow(message);
  });

  it.each(["us-east5", "us", "eu", "global", "europe-west1", "asia-southeast1"])(
    "can be of Vertex in %s",
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
      /^silnt is no mode of anthropic: did you mean silent\? anthropic can fail by hang, /,
    ],
    [
      "google",
      { mode: "sulk" },
      /^sulk is no mode of google: google can fail by hang, reset, refused, status, malformed, /,
    ],
    ["gateway", {}, /^a fault is JSON with a mode: gateway can fail by /],
    ["gateway", undefined, /^a fault is JSON with a mode/],
    ["gateway", null, /^a fault is JSON with a mode/],
  ])("is refused for %s with a mode that there is not: %j", (target, fault, message) => {
    expect(() => new Faults().set(target, fault as Fault)).toThrow(message);
  });

  it("has the parameters' defaults where none are given", () => {
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

  it("of a misspelt target are a 404 that says which was meant, and which there are", async () => {
    const { status, value } = await send("PUT", "/vertex/us-esat5", HANG);
    expect(status).toBe(404);
    expect(value.error).toBe("vertex/us-esat5 is no target: did you mean vertex/us-east5?");
    expect(value.targets).toEqual(
      expect.arrayContaining(["anthropic", "gateway", "google", "vertex", "vertex/global"]),
    );
  });

  it("of a misspelt mode are a 400 that says which was meant, and which there are", async () => {
    const { status, value } = await send("PUT", "/gateway", { mode: "stalled_eror" });
    expect(status).toBe(400);
    expect(value.error).toBe(
      "stalled_eror is no mode of gateway: did you mean stalled_error? " +
        "gateway can fail by hang, reset, status, stalled_error, gateway_error",
    );
  });

  it.each([
    [{ mode: "slow" }, /intervalMs/],
    [{ mode: "slow", intervalMs: 0 }, /intervalMs/],
    [{ mode: "status", status: 200 }, /status/],
    [{ mode: "cut", at: "night" }, /at/],
    [{ mode: "content_type", value: "a\r\nb: c" }, /value/],
    [{ mode: "silent", byts: 1 }, /byts/],
  ])("with a wrong parameter are a 400 that names it: %j", async (fault, message) => {
    const { status, value } = await send("PUT", "/anthropic", fault);
    expect(status).toBe(400);
    expect(value.error).toMatch(message);
  });

  it.each([
    ["POST", "/anthropic"],
    ["PUT", ""],
  ])("take no %s of %j", async (method, target) => {
    expect((await send(method, target, HANG)).status).toBe(405);
  });
});
