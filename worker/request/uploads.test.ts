import { describe, expect, it } from "vitest";
import { useWorkerdGlobals } from "../workerd-in-test.ts";
import { handBack, Uploads } from "./uploads.ts";

const KIB = 1024;

useWorkerdGlobals();

/** Slices of one buffer with known bytes. */
function slicesOf(...lengths: number[]): Uint8Array[] {
  const buffer = Uint8Array.from({ length: lengths.reduce((sum, length) => sum + length, 0) }, (_, i) => i % 251);
  let at = 0;
  return lengths.map((length) => {
    const slice = buffer.subarray(at, at + length);
    at += length;
    return slice;
  });
}

async function bytesOf(body: BodyInit): Promise<Uint8Array> {
  return new Uint8Array(await new Response(body as ReadableStream).arrayBuffer());
}

const isSettled = async (uploads: Uploads) =>
  Promise.race([
    uploads.settled().then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 20)),
  ]);

describe("a body of up to 256 KiB", () => {
  it("is copied into one buffer", () => {
    const slices = slicesOf(100 * KIB, 1, 156 * KIB - 1);

    const body = new Uploads().toBody(slices);

    expect(body instanceof Uint8Array && Buffer.compare(body, Buffer.concat(slices))).toBe(0);
  });

  it("is settled from the start", async () => {
    const uploads = new Uploads();

    uploads.toBody(slicesOf(10));

    expect(await isSettled(uploads)).toBe(true);
  });
});

describe("a longer body", () => {
  it("is a stream with the same bytes", async () => {
    const slices = slicesOf(200 * KIB, 600 * KIB, 3);

    const bytes = await bytesOf(new Uploads().toBody(slices));

    expect(Buffer.compare(bytes, Buffer.concat(slices))).toBe(0);
  });

  it("passes on its slices without a copy", async () => {
    const slices = slicesOf(300 * KIB);
    const reader = (new Uploads().toBody(slices) as ReadableStream<Uint8Array>).getReader();

    const { value } = await reader.read();

    expect(value?.buffer).toBe(slices[0]?.buffer);
  });

  it("settles when it was read completely", async () => {
    const uploads = new Uploads();
    const body = uploads.toBody(slicesOf(300 * KIB));
    const before = await isSettled(uploads);

    await bytesOf(body);

    expect([before, await isSettled(uploads)]).toEqual([false, true]);
  });

  it("settles when it is aborted before it was read", async () => {
    const uploads = new Uploads();
    uploads.toBody(slicesOf(300 * KIB));

    uploads.abort();

    expect(await isSettled(uploads)).toBe(true);
  });

  it("settles when its reader cancels", async () => {
    const uploads = new Uploads();
    const body = uploads.toBody(slicesOf(900 * KIB)) as ReadableStream<Uint8Array>;

    await body.cancel();

    expect(await isSettled(uploads)).toBe(true);
  });

  it("settles only together with the request's other bodies", async () => {
    const uploads = new Uploads();
    const [one] = [uploads.toBody(slicesOf(300 * KIB)), uploads.toBody(slicesOf(300 * KIB))];

    await bytesOf(one);

    expect(await isSettled(uploads)).toBe(false);
    uploads.abort();
  });
});

describe("handBack", () => {
  it("detaches the buffer at once", () => {
    const bytes = new Uint8Array(10);

    handBack(bytes.subarray(2));

    expect(bytes.length).toBe(0);
  });

  it("does nothing a second time", () => {
    const bytes = new Uint8Array(10);
    handBack(bytes);

    expect(() => handBack(bytes)).not.toThrow();
  });
});
