/** Tests that the end of a response is found, however its bytes arrive. */
import { describe, expect, it } from "vitest";
import { ResponseReader } from "./response-reader.ts";

const RESPONSES = {
  "a declared length": "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
  "no body": "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
  chunks: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
};

describe.each(Object.entries(RESPONSES))("a response with %s", (_what, text) => {
  const bytes = Buffer.from(text);

  it.each([1, 2, 3, 7, bytes.length])("is whole after its last byte, in parts of %i bytes", (size) => {
    const reader = new ResponseReader();
    const wholeAfter: number[] = [];

    for (let at = 0; at < bytes.length; at += size) {
      reader.push(bytes.subarray(at, at + size));
      if (reader.isWhole) wholeAfter.push(Math.min(at + size, bytes.length));
    }

    expect(wholeAfter).toEqual([bytes.length]);
    expect(reader.status).toBe(200);
  });
});

it("refuses what no server of the bench sends", () => {
  expect(() => new ResponseReader().push(Buffer.from("HTTP/1.1 200 OK\r\n\r\n"))).toThrow("without a length");
});
