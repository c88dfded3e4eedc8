/**
 * Before something with a name of this stack is made, the name is looked up: an upload replaces a stranger's Worker without a
 * word, and a stranger's gateway is reported late. Once, at creation; a preview calls no cloud.
 */
import type * as pulumi from "@pulumi/pulumi";
import { cureFor } from "./cures.ts";

/** @param adoptable what `adopt` calls it; @param exists asks the cloud */
export function refuseStranger(
  what: string,
  adoptable: string,
  exists: () => Promise<boolean>,
): pulumi.ResourceHookBinding {
  const lookFirst = async ({ type }: pulumi.ResourceHookArgs) => {
    if (!(await exists().catch((error: unknown) => tell(type, error)))) return;
    throw new Error(
      `${what} is in this account already, and not this stack's. ` +
        `If it is a stranger's: delete it, or choose another stack name. ` +
        `If it is this stack's own, from an \`up\` that lost an answer: pulumi config set adopt '["${adoptable}"]', up again, then: pulumi config rm adopt`,
    );
  };
  return { beforeCreate: [lookFirst] };
}

/** What refuses a look-up would refuse the creation too. */
function tell(type: string, error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  throw new Error(`${message}\n${cureFor(type, message)}`);
}
