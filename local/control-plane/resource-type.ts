/**
 * Finds the resource type that an API changes: the same one that a program uses, with the same
 * limits.
 */
import { RESOURCES } from "../resources/index.ts";
import type { ResourceType } from "../resources/resource-type.ts";

/** @throws when the local cloud has no such resource type */
export function resourceType(type: string): ResourceType {
  const found = RESOURCES[type];
  if (!found) throw new Error(`The local cloud does not know the resource type ${type}.`);
  return found;
}
