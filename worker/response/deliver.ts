/**
 * Makes the body that the caller gets. A text is delivered at once. Any other body is passed on
 * while it arrives and watched until its end.
 */
import type { TimeLimit } from "../time-limit.ts";
import type { AnswerBody } from "./classify.ts";
import { type Filter, relay, type Watched } from "./relay.ts";

export interface Delivery {
  body: BodyInit;
  /** The end of the body; never rejects. Absent if the whole body is already known. */
  ended?: Promise<Watched>;
}

/**
 * @param limit the time limit of the call that returned the body
 * @param idleMs the longest silence of the target, and of the caller
 */
export function deliver(body: AnswerBody, limit: TimeLimit, idleMs: number): Delivery {
  switch (body.kind) {
    case "text":
      return { body: body.text };
    case "stream": {
      const { reader, pending, filter, first } = body.stream;
      return relay({ reader, pending, filter, first, limit, idleMs });
    }
    case "bytes":
      return relay({ reader: body.reader, first: { pass: body.held }, filter: AS_IT_COMES, limit, idleMs });
  }
}

/**
 * Passes a body on without looking into it. If it is cut, it ends early, and the caller notices
 * that only by a declared length.
 */
const AS_IT_COMES: Filter = {
  push: (chunk) => ({ pass: [chunk] }),
  finish: (how) => ({ pass: [], end: { kind: how === "done" ? "complete" : how } }),
};
