/** Replaces Google's token endpoint in tests, with a token cache that calls it. */
import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, vi } from "vitest";
import { TokenCache } from "./token-cache.ts";

const { privateKey } = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const CREDENTIALS = {
  current: {
    type: "workload_identity",
    private_key: privateKey,
    private_key_id: "k",
    issuer: "https://worker.example",
    subject: "worker",
    audience: "//iam.googleapis.com/p",
  },
} as const;

export const NOW_MS = 1_800_000_000_000;

/** Every test begins at `NOW_MS`, and ends with real timers and the real `fetch`. */
export function useFakeClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: NOW_MS });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
}

/** The deadline of a chain without a limit. */
const NEVER_MS = Number.POSITIVE_INFINITY;

export type Answer = Response | Promise<Response> | Error | "never";
export const token = (value: string, expiresIn = 3_599) =>
  Response.json({ access_token: value, expires_in: expiresIn });

/** Google with prepared answers. Each is used once. */
export class Google {
  readonly #answers: Answer[];
  asked = 0;
  constructor(...answers: Answer[]) {
    this.#answers = answers;
    vi.stubGlobal("fetch", async () => {
      this.asked++;
      const answer = this.#answers.shift() ?? new Error("no answer was prepared");
      if (answer instanceof Error) throw answer;
      return answer === "never" ? new Promise<Response>(() => undefined) : answer;
    });
  }

  /**
   * Waits for the given number of requests. Signing runs in another thread and takes real time, so
   * fake timers do not cover it.
   */
  async wasAsked(times = 1): Promise<void> {
    while (this.asked < times) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The token cache of one isolate, and the promises that its requests gave to `waitUntil`. */
export function isolate() {
  const kept: Promise<unknown>[] = [];
  const keepAlive = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) };
  const cache = new TokenCache(CREDENTIALS);
  return {
    kept,
    /** Asks for the cached token, and ends the turn. */
    cached: () => {
      const token = cache.cached(keepAlive);
      vi.advanceTimersByTime(0);
      return token;
    },
    cachedInTurn: () => cache.cached(keepAlive),
    fresh: (deadlineMs = NEVER_MS) => cache.fresh(keepAlive, deadlineMs),
    drop: (value: string | undefined) => cache.drop(value),
    /** Resolves when all background fetches have ended. */
    settled: () => Promise.all(kept),
  };
}

/** @returns the word that the promise rejects with */
export const wordOf = (promise: Promise<string>) =>
  promise.then(
    (value) => `a token: ${value}`,
    (error: unknown) => (error instanceof Error ? error.message : "?"),
  );
