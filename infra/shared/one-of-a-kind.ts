/**
 * Things of which a cloud has only one for a name: an address, a grant, a switch. Making one that
 * is there changes nothing, or changes it without a word, and deleting the old one then deletes the
 * new.
 *
 * So the name in the cloud is part of the logical name. Another name is another resource: it is
 * made first, and the old one goes last. A replacement under the same name deletes first, which a
 * preview shows as "delete, then create".
 */
import type * as pulumi from "@pulumi/pulumi";

/**
 * @param identity what tells it from others of its kind; known in a preview
 * @returns what a resource's constructor takes
 */
export function oneOfAKind<Args>(
  prefix: string,
  identity: string,
  args: Args,
  opts: pulumi.CustomResourceOptions,
): [name: string, args: Args, opts: pulumi.CustomResourceOptions] {
  // A stack that was made before this rule has it under the prefix alone.
  const aliases = [{ name: prefix }];
  return [`${prefix}-${identity}`, args, { ...opts, deleteBeforeReplace: true, aliases }];
}
