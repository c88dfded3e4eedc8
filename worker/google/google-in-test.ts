/** Google's token endpoint for tests, and a cache that asks it. */
import { generateKeyPairSync } from "node:crypto";
import { vi } from "vitest";
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
/** Of a chain that has all the time that it may need. */
const NEVER_MS = Number.POSITIVE_INFINITY;

export type Answer = Response | Promise<Response> | Error | "never";
export const token = (value: string, expiresIn = 3_599) =>
  Response.json({ access_token: value, expires_in: expiresIn });

/** Google, with prepared answers; each is used once. */
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
   * Signing takes a thread of its own, and real time: a test waits until all that it has started
   * was asked.
   */
  async wasAsked(times = 1): Promise<void> {
    while (this.asked < times) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A cache as one isolate has it, and what its requests keep alive. */
export function isolate() {
  const kept: Promise<unknown>[] = [];
  const keepAlive = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) };
  const cache = new TokenCache(CREDENTIALS);
  return {
    kept,
    cached: () => cache.cached(keepAlive),
    fresh: (deadlineMs = NEVER_MS) => cache.fresh(keepAlive, deadlineMs),
    drop: (value: string | undefined) => cache.drop(value),
    /** Resolves when everything that was started has ended. */
    settled: () => Promise.all(kept),
  };
}

/** The word that a token is refused with. */
export const wordOf = (promise: Promise<string>) =>
  promise.then(
    (value) => `a token: ${value}`,
    (error: unknown) => (error instanceof Error ? error.message : "?"),
  );
