import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Settings, Slots } from "./bindings.ts";

const settings = (anthropicApiKeys: Slots<string>, gatewayTokens: Slots<string> = ["g2", "g1"]) =>
  ({ anthropicApiKeys, gatewayTokens }) as Settings;
const ROTATED = settings(["a2", "a1"]);

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers({ now: 1_800_000_000_000 });
});
afterEach(() => vi.useRealTimers());

/** A module of its own each time, as an isolate has. */
const isolate = () => import("./slots.ts");

it("sends the newest secrets as long as nobody refuses them", async () => {
  const { SecretsInUse } = await isolate();
  expect(new SecretsInUse(ROTATED)).toMatchObject({ anthropicApiKey: "a2", gatewayToken: "g2" });
});

it("falls back to the previous secret once, for this request and those of the next minute", async () => {
  const { SecretsInUse } = await isolate();
  const request = new SecretsInUse(ROTATED);
  expect(request.anthropicRefused()).toBe(true);
  expect(request).toMatchObject({ anthropicApiKey: "a1", gatewayToken: "g2" });
  expect(request.anthropicRefused()).toBe(false);
  vi.advanceTimersByTime(59_999);
  expect(new SecretsInUse(ROTATED)).toMatchObject({ anthropicApiKey: "a1", gatewayToken: "g2" });
  vi.advanceTimersByTime(1);
  expect(new SecretsInUse(ROTATED)).toMatchObject({ anthropicApiKey: "a2" });
});

it("gives two requests that were refused together the previous secret both", async () => {
  const { SecretsInUse } = await isolate();
  const [one, two] = [new SecretsInUse(ROTATED), new SecretsInUse(ROTATED)];
  expect([one.gatewayRefused(), two.gatewayRefused()]).toEqual([true, true]);
  expect([one.gatewayToken, two.gatewayToken]).toEqual(["g1", "g1"]);
});

it("has nothing to fall back to while nothing is rotated", async () => {
  const { SecretsInUse } = await isolate();
  const request = new SecretsInUse(settings(["a1"], ["g1"]));
  expect([request.anthropicRefused(), request.gatewayRefused()]).toEqual([false, false]);
  expect(request).toMatchObject({ anthropicApiKey: "a1", gatewayToken: "g1" });
});
