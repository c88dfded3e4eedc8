/**
 * Requests of Anthropic's maximum size, alone and several at once. All get an answer, and workerd
 * stays within an isolate's memory limit.
 */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../local/sandbox/index.ts";
import { asMb, CAN_MEASURE_MEMORY, forgetPeak, memoryOfWorkerd } from "../support/memory.ts";
import { MODEL, NEVER_OPEN, post, useSandbox } from "../support/sandbox.ts";

const MAX_BODY_BYTES = 32 * 1024 * 1024;
const MAX_VERTEX_BODY_BYTES = 30 * 1024 * 1024;
/** Room for the bytes that the Worker adds to the Vertex step. */
const ENVELOPE_BYTES = 1_000;
/**
 * The limit of an isolate. The measured value covers the whole process, so it also contains
 * connections and garbage that V8 has not collected yet.
 */
const MAX_PEAK_BYTES = 128 * 1024 * 1024;
const OVERLOADED = { mode: "status", status: 529 } as const;

const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function bodyOf(bytes: number, stream: boolean): Uint8Array<ArrayBuffer> {
  const head = `{"model":"${MODEL}","max_tokens":16,"stream":${stream},"messages":[{"role":"user","content":"`;
  const body = new Uint8Array(bytes);
  // No two parts are equal, so a part that is lost or arrives twice changes the digest.
  for (let at = 0; at < bytes; at++) body[at] = "a".charCodeAt(0) + (((at >> 4) * 7 + at) % 26);
  body.set(new TextEncoder().encode(head));
  body.set(new TextEncoder().encode('"}]}'), bytes - 4);
  return body;
}

async function answerTo(stack: Sandbox, body: Uint8Array<ArrayBuffer>) {
  const response = await post(stack, body);
  const text = await response.text();
  return {
    status: response.status,
    target: response.headers.get("x-failover-target"),
    skipped: response.headers.get("x-failover-skipped"),
    isWhole: text.includes('"stop_reason":"max_tokens"'),
  };
}

/**
 * Checks and prints workerd's peak, if memory can be measured here. The peak includes memory that
 * workerd has kept from earlier requests.
 */
async function withinMemory<T>(what: string, idleBytes: number, work: () => Promise<T>): Promise<T> {
  if (!CAN_MEASURE_MEMORY) return work();
  forgetPeak();
  const result = await work();
  const peakBytes = memoryOfWorkerd().peakBytes - idleBytes;
  console.log(`${what}: workerd's peak is ${asMb(peakBytes)} above idle`);
  expect(peakBytes).toBeLessThan(MAX_PEAK_BYTES);
  return result;
}

describe.each(["universal", "direct", "bypass"])("in %s routing", (routing) => {
  const stack = useSandbox({ config: { routing, breaker: NEVER_OPEN } });
  let idleBytes = 0;
  beforeAll(() => {
    if (CAN_MEASURE_MEMORY) idleBytes = memoryOfWorkerd().residentBytes;
  });

  it.each([
    ["JSON", false],
    ["a stream", true],
  ])("sends 32 MB to Anthropic alone, because Vertex's limit is 30 MB (%s)", async (kind, stream) => {
    const answer = await withinMemory(`${routing}, 32 MB, ${kind}`, idleBytes, () =>
      answerTo(stack(), bodyOf(MAX_BODY_BYTES, stream)),
    );
    expect(answer).toEqual({ status: 200, target: "anthropic", skipped: "too_large", isWhole: true });
  });

  it("fails over with a body just below Vertex's 30 MB", async () => {
    stack().cloud.context.faults.set("anthropic", OVERLOADED);
    const body = bodyOf(MAX_VERTEX_BODY_BYTES - ENVELOPE_BYTES, true);
    const answer = await withinMemory(`${routing}, 30 MB, both targets`, idleBytes, () => answerTo(stack(), body));
    expect(answer).toEqual({ status: 200, target: "vertex/us-east5", skipped: null, isWhole: true });
  });
});

/** All routings share the isolate's memory budget, so one routing is enough here. */
describe("in one isolate", () => {
  const stack = useSandbox({ config: { breaker: NEVER_OPEN } });
  let idleBytes = 0;
  beforeAll(() => {
    if (CAN_MEASURE_MEMORY) idleBytes = memoryOfWorkerd().residentBytes;
  });

  it("four bodies in a row need no more memory than one", { timeout: 60_000 }, async () => {
    const body = bodyOf(MAX_BODY_BYTES, true);
    await withinMemory("four of 32 MB in a row", idleBytes, async () => {
      for (let sent = 0; sent < 4; sent++)
        expect(await answerTo(stack(), body)).toMatchObject({ status: 200, isWhole: true });
    });
  });

  it("six bodies at once all get an answer: those that exceed the budget go to Anthropic alone", {
    timeout: 60_000,
  }, async () => {
    const body = bodyOf(MAX_BODY_BYTES, false);
    const arrived = new Set<string>();
    stack().cloud.onExchange = ({ host, body: sent }) => {
      if (host === "api.anthropic.com") arrived.add(digestOf(sent));
    };
    const answers = await withinMemory("six of 32 MB at once", idleBytes, () =>
      Promise.all(Array.from({ length: 6 }, () => answerTo(stack(), body))),
    );
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 200, target: "anthropic", isWhole: true });
      expect(["too_large", "memory"]).toContain(answer.skipped);
    }
    expect([...arrived]).toEqual([digestOf(body)]);
  });
});
