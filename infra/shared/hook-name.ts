/**
 * Makes names of hooks. A name must be unique in the program, although components with different
 * parents may have the same name. It must also be the same in every run: when a run deletes a
 * resource, the engine finds the hook by the name in the state.
 */
import type * as pulumi from "@pulumi/pulumi";

/** @param parent the parent of the hook's resource; undefined means the stack */
export function hookName(parent: pulumi.Resource | undefined, ...parts: readonly string[]): string {
  return [...namesDownTo(parent), ...parts].join("/");
}

function namesDownTo(resource: pulumi.Resource | undefined): string[] {
  return resource ? [...namesDownTo(resource.__parentResource), resource.__name ?? ""] : [];
}
