/**
 * Which Vertex locations the Worker of the last run uses, and a warning where data goes to more of
 * them.
 */
import { repairCommand } from "./commands.ts";
import type { DeployedResource } from "./deployed.ts";

/** @returns undefined if no Worker is deployed */
export function deployedLocations(deployed: readonly DeployedResource[]): readonly string[] | undefined {
  const script = deployed.find(({ type }) => type.endsWith(":WorkersScript"));
  const bindings = script?.outputs.bindings;
  if (!Array.isArray(bindings)) return undefined;
  const text: unknown = bindings.find((binding) => binding?.name === "VERTEX_LOCATIONS")?.text;
  try {
    const value: unknown = typeof text === "string" ? JSON.parse(text) : undefined;
    return Array.isArray(value) ? value.map(String) : undefined;
  } catch {
    return undefined;
  }
}

/** A new version of this project may have a wider default than the one that deployed the stack. */
export function wideningWarnings(before: readonly string[] | undefined, after: readonly string[]): string[] {
  const added = after.filter((location) => before?.includes(location) === false);
  if (before === undefined || added.length === 0) return [];
  const keep = repairCommand({ key: "vertexLocations", repair: { kind: "set", value: before } });
  return [`From this run on, Vertex may serve requests in ${added.join(", ")} too. To keep them out: ${keep}`];
}
