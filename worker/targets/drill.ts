/**
 * A drill rehearses a failover on live infrastructure. The request of an operator names targets,
 * and their steps carry a credential that the provider refuses, so that they really fail. The
 * header of any other client is ignored.
 */
import type { Client } from "../client-line.ts";
import type { Step } from "./step.ts";

const HEADER = "x-failover-drill";
const REFUSED = "drill-refused-credential";

/** @returns the names of targets in a header such as `anthropic, vertex/us-east5` */
export function drilledTargets(headers: Headers, client: Client): ReadonlySet<string> {
  const named = client.operator ? (headers.get(HEADER) ?? "") : "";
  return new Set(named.split(",").map((name) => name.trim()));
}

export function drillStep(step: Step): Step {
  switch (step.provider) {
    case "anthropic":
      return { ...step, headers: { ...step.headers, "x-api-key": REFUSED } };
    case "google-vertex-ai":
    case "aws-bedrock":
      return { ...step, headers: { ...step.headers, authorization: `Bearer ${REFUSED}` } };
  }
}
