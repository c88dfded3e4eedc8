/**
 * Before something with a name of this stack is made, the name is looked up: an upload replaces a stranger's Worker without a
 * word, and a stranger's gateway is reported late. Once, at creation; a preview calls no cloud.
 */
import type * as pulumi from "@pulumi/pulumi";

/** @param adoptable what `adopt` calls it; @param exists asks the cloud */
export function refuseStranger(
  what: string,
  adoptable: string,
  exists: () => Promise<boolean>,
): pulumi.ResourceHookBinding {
  const lookFirst = async () => {
    if (!(await exists())) return;
    throw new Error(
      `${what} is in this account already, and not this stack's. ` +
        `If it is a stranger's: delete it, or choose another stack name. ` +
        `If it is this stack's own, from an \`up\` that lost an answer: pulumi config set adopt '["${adoptable}"]', then up again`,
    );
  };
  return { beforeCreate: [lookFirst] };
}
