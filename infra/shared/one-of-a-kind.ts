/**
 * Resources of which a cloud has only one for each name: an address, a grant, a switch. Creating
 * such a resource a second time changes the existing one or does nothing. If Pulumi then deletes
 * the old resource, the new one is deleted too.
 *
 * So the name in the cloud is part of the logical name. A new name is then a new resource, which
 * Pulumi creates before it deletes the old one. A replacement under the same name deletes first,
 * which a preview shows as "delete, then create".
 */
import type * as pulumi from "@pulumi/pulumi";

/**
 * @param identity text that distinguishes the resource from others of its kind; it must be known in
 * a preview
 * @returns the arguments of a resource's constructor
 */
export function oneOfAKind<Args>(
  prefix: string,
  identity: string,
  args: Args,
  opts: pulumi.CustomResourceOptions,
): [name: string, args: Args, opts: pulumi.CustomResourceOptions] {
  // A stack that was created before this rule has the resource under the prefix alone.
  const aliases = [{ name: prefix }];
  return [`${prefix}-${identity}`, args, { ...opts, deleteBeforeReplace: true, aliases }];
}
