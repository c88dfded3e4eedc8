/** A body of a declared length is read in one piece, and any other body up to a limit. */
import { describe, expect, it, vi } from "vitest";
import { Caller } from "../caller.ts";
import { TimeLimit } from "../time-limit.ts";
import { bufferBody } from "./buffer.ts";

const TEXT = "Grüße, 漢字";
const bytes = (text: string) => new TextEncoder().encode(text);

/** @param ends how the body ends after its chunks */
function bodyOf(chunks: readonly Uint8Array[], ends: "whole" | "cut" = "whole"): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift();
      if (chunk) controller.enqueue(chunk);
      else if (ends === "cut") controller.error(new Error("Network connection lost."));
      else controller.close();
    },
  });
}

const limitOf = () => new TimeLimit(new Caller(new AbortController().signal));
const declared = (length: number, more: Record<string, string> = {}) => ({
  headers: { "content-length": String(length), ...more },
});

describe.each([
  ["with a declared length", declared(bytes(TEXT).length)],
  ["without a declared length", {}],
])("a body %s", (_what, init) => {
  it("is held until it is whole", async () => {
    const middle = 4; // in the middle of a character
    const chunks = [bytes(TEXT).subarray(0, middle), bytes(TEXT).subarray(middle)];
    expect(await bufferBody(new Response(bodyOf(chunks), init), 100, limitOf())).toEqual({ kind: "whole", text: TEXT });
  });

  it("is cut if its connection breaks", async () => {
    const response = new Response(bodyOf([bytes("half")], "cut"), init);
    expect(await bufferBody(response, 100, limitOf())).toEqual({ kind: "cut" });
  });

  it("is late if its time limit has passed", async () => {
    const limit = limitOf();
    limit.abort();
    expect(await bufferBody(new Response(bodyOf([], "cut"), init), 100, limit)).toEqual({ kind: "late" });
  });
});

it.each([
  ["its declared length is above the limit", declared(12)],
  ["its length is not declared", {}],
  ["its declared length is that of compressed bytes", declared(2, { "content-encoding": "gzip" })],
])("a body above the limit is given back with its reader if %s", async (_why, init) => {
  const response = new Response(bodyOf([bytes("123456"), bytes("789012")]), init);
  const text = vi.spyOn(response, "text");

  const held = await bufferBody(response, 5, limitOf());

  expect(held).toMatchObject({ kind: "more", held: [bytes("123456")] });
  expect(text).not.toHaveBeenCalled();
});

it("no body is an empty text", async () => {
  expect(await bufferBody(new Response(null), 100, limitOf())).toEqual({ kind: "whole", text: "" });
});
