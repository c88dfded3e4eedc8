/**
 * For every shape of body, workerd's memory stays below 32 MB plus three times the bytes of the
 * bodies that it holds. Where memory cannot be measured, the tests check only the answers.
 */
import fc from "fast-check";
import { Agent } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Sandbox } from "../../local/sandbox/index.ts";
import { asMb, CAN_MEASURE_MEMORY, forgetPeak, memoryOfWorkerd } from "../support/memory.ts";
import { MODEL, NEVER_OPEN, post } from "../support/sandbox.ts";

const MEBIBYTE = 1024 * 1024;
/** The limit for all bodies in one isolate (`worker/request/memory-budget.ts`). */
const BUDGET_BYTES = 64 * MEBIBYTE;
const FIXED_BYTES = 32_000_000;
const SEED = 20_261_125;
/** The number of generated shapes. The environment variable SHAPES sets it. */
const SHAPES = Number(process.env.SHAPES ?? 8);

/** workerd closes idle connections. A request on a connection that is about to close would fail. */
const NEW_CONNECTIONS = new Agent({ pipelining: 0 });

let stack: Sandbox;
beforeAll(async () => {
  stack = await Sandbox.up({ config: { breaker: NEVER_OPEN } });
  await (await post(stack, body("a".repeat(1_000_000)))).text();
});
afterAll(() => stack.down());

const body = (content: string) =>
  `{"model":"${MODEL}","max_tokens":16,"messages":[{"role":"user","content":"${content}"}]}`;

/** @param heldBytes the most bytes of bodies that the isolate holds at one time */
async function withinBound(what: string, heldBytes: number, work: () => Promise<unknown>): Promise<void> {
  if (!CAN_MEASURE_MEMORY) {
    await work();
    return;
  }
  const idleBytes = memoryOfWorkerd().residentBytes;
  forgetPeak();
  await work();
  const peakBytes = memoryOfWorkerd().peakBytes - idleBytes;
  console.log(`${what}: ${asMb(peakBytes)} above idle, ${asMb(heldBytes)} held`);
  expect(peakBytes, what).toBeLessThanOrEqual(3 * heldBytes + FIXED_BYTES);
}

async function send(sent: string | ReadableStream): Promise<number> {
  const response = await fetch(`${stack.runtime.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": Object.values(stack.outputs.clientTokens)[0] ?? "", "anthropic-version": "2023-06-01" },
    body: sent,
    duplex: "half",
    dispatcher: NEW_CONNECTIONS,
  } as object);
  await response.text();
  return response.status;
}

describe("one body", { timeout: 60_000 }, () => {
  it.each<[string, () => string]>([
    ["122,000 top-level members", () => `{"model":"${MODEL}"${members(122_000)}}`],
    ["8 MB of top-level members", () => `{"model":"${MODEL}"${members(700_000)}}`],
    ["30 MB with 1.6 million types of blocks", () => messages(Array.from({ length: 1_600_000 }, (_, i) => type(i)))],
    ["16 MB of one type of block", () => messages(Array.from({ length: 1_000_000 }, () => '{"type":"text"}'))],
    ["16 MB of cache scopes", () => messages(Array.from({ length: 300_000 }, () => SCOPED))],
    ["8 MB of empty arrays", () => messages(Array.from({ length: 3_000_000 }, () => "[]"))],
    ["8 MB of escaped quotes", () => body('\\"'.repeat(4_000_000))],
    ["8 MB of backslashes", () => body("\\\\".repeat(4_000_000))],
    ["a name of 8 MB", () => `{"model":"${MODEL}","${"n".repeat(8 * MEBIBYTE)}":1}`],
    ["a number of 8 MB", () => `{"model":"${MODEL}","max_tokens":${"1".repeat(8 * MEBIBYTE)}}`],
    ["8 MB of white space", () => body("Hi").padEnd(8 * MEBIBYTE)],
  ])("keeps memory within the bound: %s", async (what, shape) => {
    const sent = shape();
    await withinBound(what, sent.length, async () => expect(await send(sent)).toBeLessThan(500));
  });

  it("keeps memory within the bound for generated shapes", async () => {
    const unit = fc.json({ maxDepth: 6, noUnicodeString: false });
    const place = fc.constantFrom("messages", "system", "tools", "metadata", "thinking", "cache_control", "unknown");
    const shapes = fc.sample(fc.tuple(unit, place, fc.integer({ min: 1, max: 6 })), { numRuns: SHAPES, seed: SEED });
    for (const [index, [repeated, member, megabytes]] of shapes.entries()) {
      const count = Math.ceil((megabytes * MEBIBYTE) / (Buffer.byteLength(repeated) + 1));
      const sent = `{"model":"${MODEL}","${member}":[${Array.from({ length: count }, () => repeated).join(",")}]}`;
      const what = `seed ${SEED}, shape ${index}: ${repeated.slice(0, 80)} in ${member}`;
      await withinBound(what, Buffer.byteLength(sent), async () => expect(await send(sent)).toBeLessThan(500));
    }
  }, 120_000);
});

describe("many bodies at once", { timeout: 60_000 }, () => {
  it.each<[string, number, () => string | ReadableStream]>([
    ["eight chunked bodies of 29 MB", 8, () => chunked(29)],
    ["150 bodies of 1 MB", 150, () => body("a".repeat(MEBIBYTE))],
    ["400 bodies of 200 KB", 400, () => body("a".repeat(200_000))],
  ])("keep memory within the budget, and all get an answer: %s", async (what, count, make) => {
    const bodies = Array.from({ length: count }, make);
    await withinBound(what, BUDGET_BYTES, async () => {
      const statuses = await Promise.all(bodies.map(send));
      expect([...new Set(statuses)]).toEqual([200]);
    });
  });
});

const SCOPED = '{"type":"text","text":"t","cache_control":{"scope":"g"}}';
const type = (index: number) => `{"type":"${index}"}`;
const members = (count: number) => Array.from({ length: count }, (_, i) => `,"m${i}":1`).join("");
const messages = (blocks: readonly string[]) =>
  `{"model":"${MODEL}","max_tokens":16,"messages":[{"role":"user","content":[${blocks.join(",")}]}]}`;

/** A body of this many MB without a content-length. */
function chunked(megabytes: number): ReadableStream {
  const text = new TextEncoder().encode(body("Hi"));
  let left = megabytes;
  return new ReadableStream({
    start: (controller) => controller.enqueue(text),
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(MEBIBYTE).fill(0x20));
      else controller.close();
    },
  });
}
