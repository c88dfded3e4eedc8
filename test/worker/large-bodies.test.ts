/** Requests as large as Anthropic takes them: served, alone and several at once, within what an isolate has for memory. */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../local/sandbox/index.ts";
import { MODEL, NEVER_OPEN, post, useStack } from "../support/local-stack.ts";
import { asMb, CAN_MEASURE_MEMORY, forgetPeak, memoryOfWorkerd } from "../support/memory.ts";

const MAX_BODY_BYTES = 32 * 1024 * 1024;
const MAX_VERTEX_BODY_BYTES = 30 * 1024 * 1024;
/** Room for what the Worker puts into the Vertex step. */
const ENVELOPE_BYTES = 1_000;
/** An isolate's. What is measured is the whole process, with its connections and what V8 has not collected yet. */
const MAX_PEAK_BYTES = 128 * 1024 * 1024;
const OVERLOADED = { mode: "status", status: 529 } as const;

const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function bodyOf(bytes: number, stream: boolean): Uint8Array<ArrayBuffer> {
  const head = `{"model":"${MODEL}","max_tokens":16,"stream":${stream},"messages":[{"role":"user","content":"`;
  const body = new Uint8Array(bytes);
  // No part is like another one: a part that arrives twice, or not at all, is seen.
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

/** Where memory can be measured: prints workerd's peak, what it has kept from earlier requests included. */
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
  const stack = useStack({ config: { routing, breaker: NEVER_OPEN } });
  let idleBytes = 0;
  beforeAll(() => {
    if (CAN_MEASURE_MEMORY) idleBytes = memoryOfWorkerd().residentBytes;
  });

  it.each([
    ["JSON", false],
    ["a stream", true],
  ])("32 MB are served with %s by Anthropic; its Vertex step would be above Vertex's 30 MB", async (kind, stream) => {
    const answer = await withinMemory(`${routing}, 32 MB, ${kind}`, idleBytes, () =>
      answerTo(stack(), bodyOf(MAX_BODY_BYTES, stream)),
    );
    expect(answer).toEqual({ status: 200, target: "anthropic", skipped: "too_large", isWhole: true });
  });

  it("what fits Vertex's 30 MB fails over", async () => {
    stack().cloud.context.faults.set("anthropic", OVERLOADED);
    const body = bodyOf(MAX_VERTEX_BODY_BYTES - ENVELOPE_BYTES, true);
    const answer = await withinMemory(`${routing}, 30 MB, both targets`, idleBytes, () => answerTo(stack(), body));
    expect(answer).toEqual({ status: 200, target: "vertex/us-east5", skipped: null, isWhole: true });
  });
});

/** Memory is the isolate's, whatever the routing. */
describe("in one isolate", () => {
  const stack = useStack({ config: { breaker: NEVER_OPEN } });
  let idleBytes = 0;
  beforeAll(() => {
    if (CAN_MEASURE_MEMORY) idleBytes = memoryOfWorkerd().residentBytes;
  });

  it("a row of them costs no more memory than one: each is handed back at once", async () => {
    const body = bodyOf(MAX_BODY_BYTES, true);
    await withinMemory("four of 32 MB in a row", idleBytes, async () => {
      for (let sent = 0; sent < 4; sent++)
        expect(await answerTo(stack(), body)).toMatchObject({ status: 200, isWhole: true });
    });
  });

  it("of six at once none fails: those for which there is no memory go to Anthropic alone", async () => {
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
