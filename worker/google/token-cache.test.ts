import { describe, expect, it, vi } from "vitest";
import { type Answer, Google, isolate, token, useFakeClock, wordOf } from "./google-in-test.ts";

useFakeClock();

describe("the cached token", () => {
  it("is absent at first, and is fetched in the background", async () => {
    const google = new Google(token("t1"));
    const { cached, settled } = isolate();

    const first = cached();
    await settled();

    expect([first, cached()]).toEqual([undefined, "t1"]);
    expect(google.asked).toBe(1);
  });

  it("is fetched only after the turn, so that it does not delay the request to Anthropic", async () => {
    const sign = vi.spyOn(crypto.subtle, "sign");
    const google = new Google(token("t1"));
    const { cachedInTurn } = isolate();

    cachedInTurn();
    for (let i = 0; i < 10; i++) await Promise.resolve();
    const signedInTurn = sign.mock.calls.length;
    vi.advanceTimersByTime(0);
    await google.wasAsked();

    expect([signedInTurn, sign.mock.calls.length]).toEqual([0, 1]);
  });

  it("is used without another fetch until five minutes before its end", async () => {
    const google = new Google(token("t1"));
    const { cached, fresh } = isolate();
    await fresh();

    vi.advanceTimersByTime(3_299_000);

    expect(cached()).toBe("t1");
    expect(google.asked).toBe(1);
  });

  it("is used while it is refreshed in its last five minutes", async () => {
    new Google(token("t1"), token("t2"));
    const { cached, fresh, settled } = isolate();
    await fresh();
    vi.advanceTimersByTime(3_300_000);

    const meanwhile = cached();
    await settled();

    expect([meanwhile, cached()]).toEqual(["t1", "t2"]);
  });

  it("is still used if a refresh fails", async () => {
    new Google(token("t1"), new Error("down"));
    const { cached, fresh, settled } = isolate();
    await fresh();
    vi.advanceTimersByTime(3_300_000);
    cached();

    await settled();

    expect(cached()).toBe("t1");
  });

  it("is not used in its last minute", async () => {
    new Google(token("t1"), new Error("down"));
    const { cached, fresh, settled } = isolate();
    await fresh();
    vi.advanceTimersByTime(3_539_000);

    expect(cached()).toBeUndefined();
    await settled();
  });
});

describe("a fresh token", () => {
  it("is fetched once for 200 callers", async () => {
    const google = new Google(token("t1"));
    const { cached, fresh } = isolate();
    for (let i = 0; i < 200; i++) cached();

    const all = await Promise.all(Array.from({ length: 200 }, () => fresh()));

    expect(new Set(all)).toEqual(new Set(["t1"]));
    expect(google.asked).toBe(1);
  });

  it("fails for 200 callers after one fetch", async () => {
    const google = new Google(new Response(null, { status: 400 }));
    const { fresh } = isolate();

    const words = await Promise.all(Array.from({ length: 200 }, () => wordOf(fresh())));

    expect(new Set(words)).toEqual(new Set(["google_token_400"]));
    expect(google.asked).toBe(1);
  });

  it("is used by waiting callers even if it lives less than a minute", async () => {
    const google = new Google(token("t1", 30));

    expect(await isolate().fresh()).toBe("t1");
    expect(google.asked).toBe(1);
  });

  it("is fetched under waitUntil, so that the request need not wait for it", async () => {
    new Google(token("t1"));
    const { cached, kept, fresh } = isolate();

    cached();

    expect(kept).toHaveLength(1);
    expect(await fresh()).toBe("t1");
  });

  it("causes no unhandled rejection if no caller waits", async () => {
    new Google(new Error("down"));
    const { cached, settled } = isolate();

    cached();

    await expect(settled()).resolves.toEqual([undefined]);
  });

  it.each<[string, Answer, string]>([
    [
      "Google refuses",
      Response.json({ error: "invalid_grant", error_description: "a@p" }, { status: 400 }),
      "google_token_400",
    ],
    ["cannot be fetched", new TypeError("fetch failed"), "google_unreachable"],
    ["is not JSON", new Response("<html>"), "google_token_malformed"],
  ])("that %s rejects with one of our words", async (_what, answer, word) => {
    new Google(answer);

    expect(await wordOf(isolate().fresh())).toBe(word);
  });

  it("leaves no timer behind", async () => {
    new Google(token("t1"));

    await isolate().fresh();

    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a token that Vertex has refused", () => {
  it("is fetched again", async () => {
    new Google(token("t1"), token("t2"));
    const { drop, fresh } = isolate();
    await fresh();

    drop("t1");

    expect(await fresh()).toBe("t2");
  });

  it.each(["another", undefined])("is kept if it is not the current token: %s", async (refused) => {
    new Google(token("t1"));
    const { cached, drop, fresh } = isolate();
    await fresh();

    drop(refused);

    expect(cached()).toBe("t1");
  });

  it("is fetched again at most once a minute", async () => {
    new Google(token("t1"), token("t2"), token("t3"));
    const { cached, drop, fresh } = isolate();
    await fresh();
    drop("t1");
    await fresh();

    vi.advanceTimersByTime(59_999);
    drop("t2");
    const before = cached();
    vi.advanceTimersByTime(1);
    drop("t2");

    expect([before, await fresh()]).toEqual(["t2", "t3"]);
  });
});
