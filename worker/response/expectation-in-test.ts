/** The expectation that most tests use: a whole message, for a caller without unusual choices. */
import type { Expectation } from "./classify.ts";

export const EXPECTED: Expectation = {
  stream: false,
  shape: "message",
  modelIsKnown: true,
  namesStoredObjects: false,
  callerChoseAccount: false,
};
