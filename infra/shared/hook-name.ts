/**
 * Names of hooks. A hook's name must be unique in the program, and components of one name may have
 * different parents. It must also be the same in every run: the engine finds the hook of a resource
 * that a run deletes by the name in the state.
 */
import type * as pulumi from "@pulumi/pulumi";

/** @param parent what the hook's resource is below; undefined: the stack */
export function hookName(parent: pulumi.Resource | undefined, ...parts: readonly string[]): string {
  return [...namesDownTo(parent), ...parts].join("/");
}

function namesDownTo(resource: pulumi.Resource | undefined): string[] {
  return resource ? [...namesDownTo(resource.__parentResource), resource.__name ?? ""] : [];
}
