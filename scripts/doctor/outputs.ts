/** What the stack's last run returned. Without it there is nothing to compare with the clouds. */
import type { Outputs, Stack } from "../stack/stack.ts";
import { type Found, fine, problem } from "./found.ts";
import type { Subject } from "./subject.ts";

export interface Deployment {
  outputs: Outputs;
  /** Name of the stack. */
  stack: string;
}

export async function deployment(stack: Stack, { resources }: Subject): Promise<Found<Deployment>> {
  if (resources.length === 0) return { ...fine("nothing yet: pulumi up"), usable: undefined };
  const outputs = await stack.outputs();
  if (outputs === undefined) return problem("the last run did not end: the stack has no outputs", "pulumi up");
  return fine(outputs.url ?? outputs.gatewayUrl, { outputs, stack: (await stack.identity()).stack });
}
