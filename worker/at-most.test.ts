import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { atMost } from "./at-most.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("gives the result and leaves no timer", async () => {
  expect(await atMost(Promise.resolve("x"), 1_000)).toBe("x");
  expect(vi.getTimerCount()).toBe(0);
});

it("gives nothing when the time is over, and not before", async () => {
  const ended = vi.fn();
  const waiting = atMost(new Promise(() => undefined), 1_000).then(ended);
  await vi.advanceTimersByTimeAsync(999);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await waiting;
  expect(ended).toHaveBeenCalledWith(undefined);
});

it("rejects like the promise and leaves no timer", async () => {
  await expect(atMost(Promise.reject(new Error("down")), 1_000)).rejects.toThrow("down");
  expect(vi.getTimerCount()).toBe(0);
});
