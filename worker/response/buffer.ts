/**
 * Holds a response's body until it is whole. If it is longer than a limit, its beginning and the
 * reader of the rest are returned.
 */
import type { TimeLimit } from "../time-limit.ts";

export type BufferedBody =
  | { kind: "whole"; chunks: readonly Uint8Array[] }
  /** The connection broke. */
  | { kind: "cut" }
  /** The time limit passed, or the caller left. */
  | { kind: "late" }
  | { kind: "more"; held: readonly Uint8Array[]; reader: ReadableStreamDefaultReader<Uint8Array> };

export async function bufferBody(response: Response, limitBytes: number, limit: TimeLimit): Promise<BufferedBody> {
  if (!response.body) return { kind: "whole", chunks: [] };
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return { kind: "whole", chunks };
      chunks.push(value);
      length += value.length;
      if (length > limitBytes) return { kind: "more", held: chunks, reader };
    }
  } catch {
    return { kind: limit.signal.aborted ? "late" : "cut" };
  }
}
