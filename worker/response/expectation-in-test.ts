/** What most tests expect of a response: a whole message, for a caller who chose nothing unusual. */
import type { Expectation } from "./classify.ts";

export const EXPECTED: Expectation = {
  stream: false,
  shape: "message",
  modelIsKnown: true,
  namesStoredObjects: false,
  callerChoseAccount: false,
};
