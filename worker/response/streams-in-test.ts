/** Event streams for tests, as a target sends them. */
import type { TimeLimit } from "../time-limit.ts";

export const eventOf = (name: string, data: object = { type: name }) =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

export const START = eventOf("message_start", { type: "message_start", message: { id: "msg_1" } });
export const PING = eventOf("ping");
export const STOP = eventOf("message_stop");
export const ERROR = eventOf("error", { type: "error", error: { type: "overloaded_error", message: "Overloaded" } });

export type End = "closes" | "breaks" | "is silent";
export type Items = readonly (string | Uint8Array | number)[];

/**
 * The body of a target's response: chunks, pauses in milliseconds, and an end. It breaks when the
 * call's signal is aborted.
 */
export function streamOf(items: Items, end: End, { signal }: TimeLimit): ReadableStream<Uint8Array> {
  const left = [...items];
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        signal.addEventListener("abort", () => controller.error(new Error("aborted")));
      },
      async pull(controller) {
        while (typeof left[0] === "number") {
          const ms = left.shift() as number;
          await new Promise((resolve) => setTimeout(resolve, ms));
        }
        const item = left.shift() as string | Uint8Array | undefined;
        if (item !== undefined) controller.enqueue(typeof item === "string" ? new TextEncoder().encode(item) : item);
        else if (end === "closes") controller.close();
        else if (end === "breaks") controller.error(new Error("Network connection lost."));
        else await new Promise(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
