import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Caller } from "./caller.ts";
import { TimeLimit } from "./time-limit.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function limited() {
  const leaving = new AbortController();
  const limit = new TimeLimit(new Caller(leaving.signal));
  const state = () => ({ aborted: limit.signal.aborted, hasPassed: limit.hasPassed });
  return { limit, state, leave: () => leaving.abort() };
}

describe("a time limit", () => {
  it("aborts the call when it passes, and not before", () => {
    const { limit, state } = limited();
    limit.set(1_000);

    vi.advanceTimersByTime(999);
    const before = state();
    vi.advanceTimersByTime(1);

    expect([before, state()]).toEqual([
      { aborted: false, hasPassed: false },
      { aborted: true, hasPassed: true },
    ]);
  });

  it("starts again when it is set again", () => {
    const { limit, state } = limited();
    limit.set(1_000);
    vi.advanceTimersByTime(900);

    limit.set(1_000);
    vi.advanceTimersByTime(999);

    expect(state()).toEqual({ aborted: false, hasPassed: false });
  });

  it("passes at once if it is negative", () => {
    const { limit, state } = limited();

    limit.set(-5);
    vi.advanceTimersByTime(0);

    expect(state()).toEqual({ aborted: true, hasPassed: true });
  });

  it("does not abort a call that has ended", () => {
    const { limit, state } = limited();
    limit.set(1_000);

    limit.end();
    vi.advanceTimersByTime(1_000);

    expect(state()).toEqual({ aborted: false, hasPassed: false });
  });

  it("does not abort the call after it was cleared", () => {
    const { limit, state } = limited();
    limit.set(1_000);

    limit.clear();
    vi.advanceTimersByTime(1_000);

    expect(state()).toEqual({ aborted: false, hasPassed: false });
  });
});

describe("a caller that leaves", () => {
  it("aborts the call without a passed limit", () => {
    const { state, leave } = limited();

    leave();

    expect(state()).toEqual({ aborted: true, hasPassed: false });
  });

  it("aborts a call that begins later", () => {
    const leaving = new AbortController();
    leaving.abort();

    expect(new TimeLimit(new Caller(leaving.signal)).signal.aborted).toBe(true);
  });

  it("does not abort a call that has already ended", () => {
    const { limit, state, leave } = limited();

    limit.end();
    leave();

    expect(state()).toEqual({ aborted: false, hasPassed: false });
  });
});

describe("a caller's listener", () => {
  it("is called once", () => {
    const leaving = new AbortController();
    const listener = vi.fn();
    new Caller(leaving.signal).onLeave(listener);

    leaving.abort();
    leaving.abort();

    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("is called at once if the caller has already left", () => {
    const listener = vi.fn();

    new Caller(AbortSignal.abort()).onLeave(listener);

    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("is not called after it was removed", () => {
    const leaving = new AbortController();
    const listener = vi.fn();
    const remove = new Caller(leaving.signal).onLeave(listener);

    remove();
    leaving.abort();

    expect(listener).not.toHaveBeenCalled();
  });
});
