/**
 * Holds a response's body until it is whole. If it is longer than a limit, its beginning and the
 * reader of the rest are returned.
 */
import { decodeText } from "../bytes.ts";
import type { TimeLimit } from "../time-limit.ts";

export type BufferedBody =
  | { kind: "whole"; text: string }
  /** The connection broke. */
  | { kind: "cut" }
  /** The time limit passed, or the caller left. */
  | { kind: "late" }
  | { kind: "more"; held: readonly Uint8Array[]; reader: ReadableStreamDefaultReader<Uint8Array> };

export async function bufferBody(response: Response, limitBytes: number, limit: TimeLimit): Promise<BufferedBody> {
  if (!response.body) return { kind: "whole", text: "" };
  try {
    if (isDeclared(response.headers, limitBytes)) return { kind: "whole", text: await response.text() };
    return await readUpTo(response.body, limitBytes);
  } catch {
    return { kind: limit.signal.aborted ? "late" : "cut" };
  }
}

/**
 * @returns whether the body's length is declared and within the limit. The length of a compressed
 * body says nothing about its text.
 */
function isDeclared(headers: Headers, limitBytes: number): boolean {
  const declared = headers.get("content-length");
  return declared !== null && Number(declared) <= limitBytes && !headers.has("content-encoding");
}

/** @throws if the connection breaks or is aborted */
async function readUpTo(body: ReadableStream<Uint8Array>, limitBytes: number): Promise<BufferedBody> {
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const chunks: Uint8Array[] = [];
  for (let length = 0; ; ) {
    const { value, done } = await reader.read();
    if (done) return { kind: "whole", text: decodeText(chunks) };
    chunks.push(value);
    length += value.length;
    if (length > limitBytes) return { kind: "more", held: chunks, reader };
  }
}
