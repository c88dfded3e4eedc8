import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RateLimit } from "./bindings.ts";
import type { Client } from "./client-line.ts";
import { ApiError } from "./errors.ts";
import { limitRate } from "./rate-limit.ts";

const LIMITED: Client = { name: "ci", requestsPerMinute: 60 };

function counter(success: boolean): RateLimit & { keys: string[] } {
  const keys: string[] = [];
  return {
    keys,
    async limit({ key }) {
      keys.push(key);
      return { success };
    },
  };
}

async function refusalOf(limit: RateLimit): Promise<ApiError> {
  const refused = await limitRate(LIMITED, { rateLimits: new Map([[60, limit]]) }).catch((error: unknown) => error);
  if (refused instanceof ApiError) return refused;
  throw new Error("the request was accepted");
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a client with a rate limit", () => {
  it("is counted under its name, in the counter of its rate", async () => {
    const [right, wrong] = [counter(true), counter(true)];

    await limitRate(LIMITED, {
      rateLimits: new Map([
        [6, wrong],
        [60, right],
      ]),
    });

    expect({ right: right.keys, wrong: wrong.keys }).toEqual({ right: ["ci"], wrong: [] });
  });

  it("gets a 429 that names its limit", async () => {
    expect(await refusalOf(counter(false))).toMatchObject({
      status: 429,
      message: "The client ci has sent more than 60 requests in a minute (clients[].requestsPerMinute).",
    });
  });

  it.each([
    ["at the start of a minute, less than a full minute", 0, "59"],
    ["in the middle of a minute", 30_000, "30"],
    ["in the last second of a minute", 59_999, "1"],
  ])("gets a retry-after that points to the next minute: %s", async (_when, intoMinuteMs, retryAfter) => {
    vi.setSystemTime(1_800_000_000_000 + intoMinuteMs);

    expect((await refusalOf(counter(false))).headers["retry-after"]).toBe(retryAfter);
  });

  it("is accepted if the counter fails", async () => {
    const broken: RateLimit = { limit: () => Promise.reject(new Error("down")) };

    await expect(limitRate(LIMITED, { rateLimits: new Map([[60, broken]]) })).resolves.toBeUndefined();
  });
});

it("limitRate does not count a client without a rate limit", async () => {
  const limit = counter(false);

  await limitRate({ name: "free" }, { rateLimits: new Map([[60, limit]]) });

  expect(limit.keys).toEqual([]);
});
