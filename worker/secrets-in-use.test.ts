import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Settings } from "./bindings.ts";
import { SecretRotation } from "./secrets-in-use.ts";

const ROTATED: Pick<Settings, "anthropicApiKeys" | "gatewayTokens"> = {
  anthropicApiKeys: { current: "a2", previous: "a1" },
  gatewayTokens: { current: "g2", previous: "g1" },
};
const UNROTATED = { anthropicApiKeys: { current: "a1" }, gatewayTokens: { current: "g1" } };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a request", () => {
  it("uses the current secrets while they are accepted", () => {
    expect(new SecretRotation(ROTATED).forRequest()).toMatchObject({ anthropicApiKey: "a2", gatewayToken: "g2" });
  });

  it("uses the previous value of a refused secret, and the current value of the other", () => {
    const request = new SecretRotation(ROTATED).forRequest();

    const hasOther = request.anthropicRefused();

    expect(hasOther).toBe(true);
    expect(request).toMatchObject({ anthropicApiKey: "a1", gatewayToken: "g2" });
  });

  it("has no third value when the previous one is refused too", () => {
    const request = new SecretRotation(ROTATED).forRequest();
    request.anthropicRefused();

    expect(request.anthropicRefused()).toBe(false);
    expect(request.anthropicApiKey).toBe("a1");
  });

  it("uses the previous value even if another request was refused at the same time", () => {
    const rotation = new SecretRotation(ROTATED);
    const [one, two] = [rotation.forRequest(), rotation.forRequest()];

    expect([one.gatewayRefused(), two.gatewayRefused()]).toEqual([true, true]);
    expect([one.gatewayToken, two.gatewayToken]).toEqual(["g1", "g1"]);
  });

  it("has no previous value without a rotation", () => {
    const request = new SecretRotation(UNROTATED).forRequest();

    expect([request.anthropicRefused(), request.gatewayRefused()]).toEqual([false, false]);
    expect(request).toMatchObject({ anthropicApiKey: "a1", gatewayToken: "g1" });
  });
});

describe("the key of Bedrock", () => {
  it("is the previous one after a refusal", () => {
    const rotation = new SecretRotation({ ...ROTATED, bedrockApiKeys: { current: "b2", previous: "b1" } });
    const request = rotation.forRequest();

    expect([request.bedrockApiKey, request.bedrockRefused(), request.bedrockApiKey]).toEqual(["b2", true, "b1"]);
    expect(request.previous).toEqual({ bedrock_key: true });
    expect(rotation.forRequest()).toMatchObject({ bedrockApiKey: "b1", anthropicApiKey: "a2" });
  });

  it("has no other value if Bedrock is not used", () => {
    const request = new SecretRotation(ROTATED).forRequest();

    expect(request.bedrockRefused()).toBe(false);
    expect(request.previous).toEqual({});
  });
});

describe("the requests after a refused secret", () => {
  it("use the previous one for a minute", () => {
    const rotation = new SecretRotation(ROTATED);
    rotation.forRequest().anthropicRefused();

    vi.advanceTimersByTime(59_999);

    expect(rotation.forRequest()).toMatchObject({ anthropicApiKey: "a1", gatewayToken: "g2" });
  });

  it("use the current one again after a minute", () => {
    const rotation = new SecretRotation(ROTATED);
    rotation.forRequest().anthropicRefused();

    vi.advanceTimersByTime(60_000);

    expect(rotation.forRequest().anthropicApiKey).toBe("a2");
  });

  it("use the current one again after the same minute even if the previous one was refused meanwhile", () => {
    const rotation = new SecretRotation(ROTATED);
    rotation.forRequest().anthropicRefused();
    vi.advanceTimersByTime(30_000);
    rotation.forRequest().anthropicRefused();

    vi.advanceTimersByTime(30_000);

    expect(rotation.forRequest().anthropicApiKey).toBe("a2");
  });

  it("use the current one in another isolate", () => {
    new SecretRotation(ROTATED).forRequest().anthropicRefused();

    expect(new SecretRotation(ROTATED).forRequest().anthropicApiKey).toBe("a2");
  });
});
