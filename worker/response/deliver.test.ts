import { describe, expect, it } from "vitest";
import { decodeText } from "../bytes.ts";
import { Caller } from "../caller.ts";
import { TimeLimit } from "../time-limit.ts";
import { deliver } from "./deliver.ts";
import type { Filter } from "./relay.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

async function textOf(body: BodyInit): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as ReadableStream<Uint8Array>) chunks.push(chunk);
  return decodeText(chunks);
}

function readerOf(texts: readonly string[], end: "closes" | "breaks"): ReadableStreamDefaultReader<Uint8Array> {
  const left = [...texts];
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const text = left.shift();
      if (text !== undefined) controller.enqueue(utf8(text));
      else if (end === "closes") controller.close();
      else controller.error(new Error("Network connection lost."));
    },
  });
  return stream.getReader();
}

const limit = () => new TimeLimit(new Caller(new AbortController().signal));

describe("deliver", () => {
  it("returns a text at once, without an end to wait for", () => {
    expect(deliver({ kind: "text", text: "{}" }, limit(), 1_000)).toEqual({ body: "{}" });
  });

  it("passes on the held bytes and then the rest", async () => {
    const body = { kind: "bytes" as const, held: [utf8("a"), utf8("b")], reader: readerOf(["c", "d"], "closes") };

    const delivery = deliver(body, limit(), 1_000);

    expect(await textOf(delivery.body)).toBe("abcd");
    expect((await delivery.ended)?.end).toEqual({ kind: "complete" });
  });

  it("passes on a stream: the held events, the pending read, and the rest", async () => {
    const reader = readerOf(["b", "c"], "closes");
    const pushed: string[] = [];
    const filter: Filter = {
      push: (chunk) => {
        pushed.push(decodeText([chunk]));
        return { pass: [chunk] };
      },
      finish: () => ({ pass: [utf8("!")], end: { kind: "complete" } }),
    };
    const stream = { reader, pending: reader.read(), filter, first: { pass: [utf8("a")] }, messageId: undefined };

    const delivery = deliver({ kind: "stream", stream }, limit(), 1_000);

    expect(await textOf(delivery.body)).toBe("abc!");
    expect(pushed).toEqual(["b", "c"]);
    expect((await delivery.ended)?.end).toEqual({ kind: "complete" });
  });

  it("ends a body early when its connection breaks", async () => {
    const body = { kind: "bytes" as const, held: [utf8("a")], reader: readerOf(["b"], "breaks") };

    const delivery = deliver(body, limit(), 1_000);

    expect(await textOf(delivery.body)).toBe("ab");
    expect((await delivery.ended)?.end).toEqual({ kind: "cut" });
  });
});
