/** The resources that the APIs change: the same ones that a program makes, with the same limits. */
import { RESOURCES } from "../resources/index.ts";
import type { ResourceType } from "../resources/resource-type.ts";

/** @throws where the local cloud has no such resource. */
export function resourceType(type: string): ResourceType {
  const kind = RESOURCES[type];
  if (!kind) throw new Error(`The local cloud does not know the resource type ${type}.`);
  return kind;
}
