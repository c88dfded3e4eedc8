/**
 * A drill: an operator's request makes real steps fail for real, by a credential that the provider
 * refuses, so that failover can be rehearsed on live infrastructure. Anybody else's header is
 * ignored.
 */
import type { Client } from "../client-line.ts";
import type { Step } from "./step.ts";

const HEADER = "x-failover-drill";
const REFUSED = "drill-refused-credential";

/** @returns names of targets, from a header such as `anthropic, vertex/us-east5`. */
export function drilledTargets(headers: Headers, client: Client): ReadonlySet<string> {
  const named = client.operator ? (headers.get(HEADER) ?? "") : "";
  return new Set(named.split(",").map((name) => name.trim()));
}

export function drillStep(step: Step): Step {
  switch (step.provider) {
    case "anthropic":
      return { ...step, headers: { ...step.headers, "x-api-key": REFUSED } };
    case "google-vertex-ai":
      return { ...step, headers: { ...step.headers, authorization: `Bearer ${REFUSED}` } };
  }
}
