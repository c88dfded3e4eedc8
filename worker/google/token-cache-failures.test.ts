/**
 * When Google does not answer, no request hangs on another request's fetch, and the Worker does not
 * ask Google for every request.
 */
import { describe, expect, it, vi } from "vitest";
import { type Answer, Google, isolate, NOW_MS, token, useFakeClock, wordOf } from "./google-in-test.ts";

useFakeClock();

describe("a fetch that hangs", () => {
  it("is replaced after 5 s by a new fetch of the waiting request", async () => {
    const google = new Google("never", token("t2"));
    const { fresh } = isolate();
    const waiting = fresh();
    await google.wasAsked();

    await vi.advanceTimersByTimeAsync(4_999);
    const askedBefore = google.asked;
    await vi.advanceTimersByTimeAsync(1);

    expect(await waiting).toBe("t2");
    expect({ askedBefore, asked: google.asked }).toEqual({ askedBefore: 1, asked: 2 });
  });

  it("is replaced only once for all waiting requests", async () => {
    const google = new Google("never", token("t2"));
    const { fresh } = isolate();
    const waiting = Array.from({ length: 50 }, () => fresh());
    await google.wasAsked();

    await vi.advanceTimersByTimeAsync(5_000);

    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["t2"]));
    expect(google.asked).toBe(2);
  });

  it("is replaced 5 s after its start, even if the request waited for less", async () => {
    const google = new Google("never", token("t2"));
    const { cached, fresh } = isolate();
    cached();
    await google.wasAsked();
    vi.advanceTimersByTime(3_000);
    const waiting = fresh();

    await vi.advanceTimersByTimeAsync(2_000);

    expect(await waiting).toBe("t2");
  });

  it("does not end the wait for its replacement when it fails late", async () => {
    const [late, second] = [Promise.withResolvers<Response>(), Promise.withResolvers<Response>()];
    const google = new Google(late.promise, second.promise);
    const { cached, fresh, kept } = isolate();
    cached();
    await google.wasAsked();
    vi.advanceTimersByTime(5_000);
    cached();
    await google.wasAsked(2);

    late.reject(new Error("reset"));
    await kept[0];
    const waiting = fresh();
    second.resolve(token("t2"));

    expect(await waiting).toBe("t2");
  });

  it("is replaced at once for a request that comes after 5 s", async () => {
    const google = new Google("never", token("t2"));
    const { cached, fresh } = isolate();
    cached();
    await google.wasAsked();
    vi.advanceTimersByTime(5_000);

    expect(await fresh()).toBe("t2");
  });

  it("is awaited for 10 s at most", async () => {
    const google = new Google("never", "never", "never");
    const { fresh } = isolate();
    let isOver = false;
    const word = wordOf(fresh()).finally(() => {
      isOver = true;
    });
    await google.wasAsked();
    await vi.advanceTimersByTimeAsync(5_000);
    await google.wasAsked(2);

    await vi.advanceTimersByTimeAsync(4_999);
    const wasOver = isOver;
    await vi.advanceTimersByTimeAsync(1);

    expect(wasOver).toBe(false);
    expect(await word).toBe("google_token_timeout");
    await google.wasAsked(3);
  });

  it("is awaited until the chain's deadline at most", async () => {
    const google = new Google("never");
    const word = wordOf(isolate().fresh(NOW_MS + 3_000));
    await google.wasAsked();

    await vi.advanceTimersByTimeAsync(3_000);

    expect(await word).toBe("google_token_timeout");
  });

  it("is not awaited after the chain's deadline", async () => {
    const google = new Google("never");

    expect(await wordOf(isolate().fresh(NOW_MS - 1))).toBe("google_token_timeout");
    await google.wasAsked();
  });
});

describe("the pause after a failure", () => {
  const down = (times: number) => Array<Answer>(times).fill(new Error("down"));

  /** @returns the pause before the next call to Google after each of several failures in a row */
  async function pausesMs(failures: number, random: number): Promise<number[]> {
    vi.spyOn(Math, "random").mockReturnValue(random);
    const google = new Google(...down(failures + 1));
    const { fresh } = isolate();
    const pauses: number[] = [];
    await wordOf(fresh());
    for (let failed = 1; failed <= failures; failed++) {
      let pauseMs = 0;
      while (google.asked === failed) {
        vi.advanceTimersByTime(250);
        pauseMs += 250;
        await wordOf(fresh());
      }
      pauses.push(pauseMs);
    }
    return pauses;
  }

  it("is at least half a second, and doubles up to half a minute", async () => {
    expect(await pausesMs(8, 0)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it("is at most a second, and doubles up to a minute", async () => {
    expect(await pausesMs(8, 1)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it("rejects requests at once with the word of the failure", async () => {
    const google = new Google(new Response(null, { status: 403 }), token("t2"));
    const { fresh } = isolate();
    await wordOf(fresh());

    expect(await wordOf(fresh())).toBe("google_token_403");
    expect(google.asked).toBe(1);
  });

  it("also applies to background fetches", async () => {
    const google = new Google(...down(9));
    const { cached, fresh, settled } = isolate();
    await wordOf(fresh());

    for (let i = 0; i < 100; i++) cached();
    await settled();

    expect(google.asked).toBe(1);
  });

  it("is short again after a success", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const google = new Google(...down(3), token("t1", 400), new Error("down"), token("t2"));
    const { cached, fresh, settled } = isolate();
    for (let i = 0; i < 4; i++) {
      await wordOf(fresh());
      vi.advanceTimersByTime(60_000);
    }
    vi.advanceTimersByTime(400_000);
    cached();
    await settled();
    const askedBefore = google.asked;

    vi.advanceTimersByTime(500);

    expect(await wordOf(fresh())).toBe("a token: t2");
    expect(askedBefore).toBe(5);
  });
});
