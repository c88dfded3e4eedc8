/** Holds a response's body until it is whole, up to a limit; what is longer is passed on from its beginning as it comes. */

export type HeldBody =
  | { kind: "whole"; chunks: readonly Uint8Array[] }
  | { kind: "cut" }
  | { kind: "more"; rest: ReadableStream<Uint8Array> };

export async function bodyUpTo(response: Response, limitBytes: number): Promise<HeldBody> {
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
      if (length > limitBytes) return { kind: "more", rest: resumed(chunks, reader) };
    }
  } catch (error) {
    // Our own time limit is not the target's cut.
    if (error instanceof Error && error.name === "TimeoutError") throw error;
    return { kind: "cut" };
  }
}

function resumed(
  held: readonly Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of held) controller.enqueue(chunk);
    },
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel(reason) {
      return reader.cancel(reason);
    },
  });
}
