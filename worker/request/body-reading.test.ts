/**
 * Tests how a body is read: its memory, its time limit, and the bodies that are refused before the
 * scan.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, CallerLeft } from "../errors.ts";
import { useWorkerdGlobals } from "../workerd-in-test.ts";
import { MAX_BODY_BYTES, type ReadLimits, readBody } from "./body.ts";
import type { Lease } from "./memory-budget.ts";

useWorkerdGlobals();
afterEach(() => {
  vi.useRealTimers();
});

/** Known bytes, so that a lost or repeated chunk changes them. */
function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i % 251);
}

/** A body that arrives in chunks and then closes, breaks, or stays silent. */
function bodyOf(bytes: Uint8Array, end: "closes" | "breaks" | "is silent" = "closes", chunkBytes = 10_000) {
  let at = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (at < bytes.length) {
        controller.enqueue(bytes.slice(at, at + chunkBytes));
        at += chunkBytes;
        return undefined;
      }
      if (end === "is silent") return new Promise(() => undefined);
      if (end === "breaks") controller.error(new Error("Network connection lost."));
      else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
      return undefined;
    },
  });
}

function requestOf(body: ReadableStream | null, headers: Record<string, string> = {}): Request {
  const init = { method: "POST", headers, body, duplex: "half" };
  return new Request("https://worker.test/v1/messages", init as RequestInit);
}

/** A lease with room for `roomBytes`. The lease records the requested sizes. */
function leaseOf(roomBytes = Number.POSITIVE_INFINITY): Lease & { asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    growTo(bytes) {
      asked.push(bytes);
      return bytes <= roomBytes;
    },
    release: () => undefined,
  };
}

const limitsOf = (lease: Lease, more: Partial<ReadLimits> = {}): ReadLimits => ({
  lease,
  bodyMs: 60_000,
  ...more,
});

async function refusalOf(request: Request, limits = limitsOf(leaseOf())): Promise<string> {
  const error = await readBody(request, limits).then(
    ({ kind }) => kind,
    (thrown: unknown) => thrown,
  );
  return error instanceof ApiError ? `${error.status} ${error.message}` : String(error);
}

describe("the buffer", () => {
  it.each([
    ["an empty body", 0, [1]],
    ["a small body", 12, [12]],
    ["a body that just fits the first buffer", 16_384, [16_384]],
    ["a body of one byte more", 16_385, [16_384, 16_385]],
    ["a large body", 3_000_000, [16_384, 65_536, 262_144, 1_048_576, 3_000_000]],
  ])("grows up to the content-length: %s", async (_what, length, asked) => {
    const lease = leaseOf();

    const reading = await readBody(
      requestOf(bodyOf(bytesOf(length)), { "content-length": String(length) }),
      limitsOf(lease),
    );

    expect(reading.kind === "whole" && Buffer.compare(reading.bytes, bytesOf(length))).toBe(0);
    expect(lease.asked).toEqual(asked);
  });

  it.each([
    ["a small body", 12, [16_384]],
    ["a body that fills its first buffer", 16_384, [16_384, 65_536]],
    ["a large body", 3_000_000, [16_384, 65_536, 262_144, 1_048_576, 2_097_152, 4_194_304]],
  ])("grows as bytes arrive if there is no content-length: %s", async (_what, length, asked) => {
    const lease = leaseOf();

    const reading = await readBody(requestOf(bodyOf(bytesOf(length))), limitsOf(lease));

    expect(reading.kind === "whole" && Buffer.compare(reading.bytes, bytesOf(length))).toBe(0);
    expect(lease.asked).toEqual(asked);
  });

  it("does not grow for bytes that are declared but do not arrive", async () => {
    const lease = leaseOf();
    const request = requestOf(bodyOf(bytesOf(100), "is silent"), { "content-length": "33554432" });

    await refusalOf(request, limitsOf(lease, { bodyMs: 10 }));

    expect(lease.asked).toEqual([16_384]);
  });
});

describe("a body that takes too long", () => {
  it("gets a 408 after the limit, even if some of it has arrived", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const refusal = refusalOf(requestOf(bodyOf(bytesOf(20_000), "is silent")), limitsOf(leaseOf(), { bodyMs: 3_000 }));
    let isOver = false;
    refusal.then(() => {
      isOver = true;
    });

    await vi.advanceTimersByTimeAsync(2_999);
    const wasOver = isOver;
    await vi.advanceTimersByTimeAsync(1);

    expect(wasOver).toBe(false);
    expect(await refusal).toBe("408 The request's body did not arrive within 3000 ms (timeouts.bodyMs).");
  });

  it("is cancelled", async () => {
    let isCancelled = false;
    const silent = new ReadableStream({
      type: "bytes",
      pull: () => new Promise(() => undefined),
      cancel() {
        isCancelled = true;
      },
    });

    await refusalOf(requestOf(silent), limitsOf(leaseOf(), { bodyMs: 1 }));

    expect(isCancelled).toBe(true);
  });

  it("has no timer left if it is complete in time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });

    await readBody(requestOf(bodyOf(bytesOf(100))), limitsOf(leaseOf()));

    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a body that is too large", () => {
  const REFUSAL = `413 The request exceeds the maximum size of ${MAX_BODY_BYTES} bytes.`;

  it("is read to its end before it gets a 413, and needs no memory", async () => {
    let chunksLeft = 40;
    const body = new ReadableStream({
      type: "bytes",
      pull(controller) {
        if (chunksLeft-- > 0) return controller.enqueue(new Uint8Array(10_000));
        controller.close();
        controller.byobRequest?.respond(0);
      },
    });
    const lease = leaseOf();

    const refusal = await refusalOf(requestOf(body, { "content-length": String(MAX_BODY_BYTES + 1) }), limitsOf(lease));

    expect({ refusal, isRead: chunksLeft < 0, asked: lease.asked }).toEqual({
      refusal: REFUSAL,
      isRead: true,
      asked: [],
    });
  });

  it("gets a 413 without a content-length too", async () => {
    const body = bodyOf(new Uint8Array(MAX_BODY_BYTES + 1), "closes", 4_000_000);

    expect(await refusalOf(requestOf(body))).toBe(REFUSAL);
  });

  it("does not include a body of exactly the limit without a content-length", async () => {
    const body = bodyOf(new Uint8Array(MAX_BODY_BYTES), "closes", 4_000_000);

    const reading = await readBody(requestOf(body), limitsOf(leaseOf()));

    expect(reading.kind === "whole" && reading.bytes.length).toBe(MAX_BODY_BYTES);
  });

  it("is read for 100 MiB at most", async () => {
    let sent = 0;
    const endless = new ReadableStream({
      type: "bytes",
      pull(controller) {
        sent += 4_000_000;
        controller.enqueue(new Uint8Array(4_000_000));
      },
    });

    await refusalOf(requestOf(endless, { "content-length": "999999999" }));

    expect(sent).toBeLessThan(110 * 1024 * 1024);
  });
});

describe("a content-encoding", () => {
  it.each(["gzip", "br", "GZIP", "gzip, identity", "x"])("of %s gets a 415", async (coding) => {
    const request = requestOf(bodyOf(bytesOf(1)), { "content-encoding": coding });

    expect(await refusalOf(request)).toBe(
      "415 The request's body is compressed (content-encoding): send it uncompressed.",
    );
  });

  it.each(["identity", " Identity ", ""])("of '%s' is accepted", async (coding) => {
    const request = requestOf(bodyOf(bytesOf(1)), { "content-encoding": coding });

    expect(await refusalOf(request)).toBe("whole");
  });
});

describe("a body that does not fit the memory budget", () => {
  /** @returns the sizes of the held parts, and all bytes that would be passed on */
  async function rejoined(roomBytes: number, length: number) {
    const reading = await readBody(requestOf(bodyOf(bytesOf(length))), limitsOf(leaseOf(roomBytes)));
    if (reading.kind !== "no_room") throw new Error(`the body was ${reading.kind}`);
    const chunks = [...reading.held];
    for (;;) {
      const { value, done } = await reading.rest.read(new Uint8Array(5_000));
      if (done) break;
      chunks.push(value);
    }
    return { heldBytes: reading.held.map((held) => held.length), all: new Uint8Array(Buffer.concat(chunks)) };
  }

  it("is not read if no bytes of it fit", async () => {
    expect(await rejoined(0, 40_000)).toEqual({ heldBytes: [], all: bytesOf(40_000) });
  });

  it("returns the bytes that were read, and a reader of the rest", async () => {
    expect(await rejoined(16_384, 40_000)).toEqual({ heldBytes: [16_384], all: bytesOf(40_000) });
  });

  it("returns the bytes that were read if nothing follows", async () => {
    expect(await rejoined(16_384, 16_384)).toEqual({ heldBytes: [16_384], all: bytesOf(16_384) });
  });
});

it("treats a body with a connection error as a caller that has left", async () => {
  const reading = readBody(requestOf(bodyOf(bytesOf(10), "breaks")), limitsOf(leaseOf()));

  await expect(reading).rejects.toBeInstanceOf(CallerLeft);
});

it("refuses a request without a body", async () => {
  expect(await refusalOf(requestOf(null))).toBe("400 The request body is not valid: the body is empty (at byte 0).");
});
