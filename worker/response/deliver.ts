/**
 * An answer's body as the caller gets it: text at once, anything else as it comes, watched to its
 * end.
 */
import type { TimeLimit } from "../time-limit.ts";
import type { AnswerBody } from "./classify.ts";
import { type Filter, relay, type Watched } from "./relay.ts";

export interface Delivery {
  body: BodyInit;
  /** Never rejects. Absent if the whole body is there already. */
  ended?: Promise<Watched>;
}

/**
 * @param limit of the call that the body comes from @param idleMs the longest silence, of the
 * target and of the caller
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
 * A body that is not looked into: a cut one ends early, and only a declared length could show it.
 */
const AS_IT_COMES: Filter = {
  push: (chunk) => ({ pass: [chunk] }),
  finish: (how) => ({ pass: [], end: { kind: how === "done" ? "complete" : how } }),
};
