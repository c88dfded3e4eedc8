/** A limit of one millisecond, which no provider keeps: so it shows what a passed limit does. */
import type { RawAnswer } from "../clouds/raw-request.ts";

export const ONE_MILLISECOND = { "cf-aig-request-timeout": "1" };
/** Only the local cloud can answer a whole call in this time. Then the limit may not have passed. */
const FASTEST_ANSWER_MS = 25;

export function isWithinOneMillisecond(answer: RawAnswer): boolean {
  return answer.kind === "answered" && answer.status === 200 && answer.totalMs < FASTEST_ANSWER_MS;
}
