/**
 * The Vertex locations of a stack that names none. us-east5 keeps the models that it serves in one
 * region. Newer models are only in the multi-regions and in `global`. `global` is last, because it
 * promises no region, as Anthropic's own API promises none.
 */
export const DEFAULT_LOCATIONS = ["us-east5", "us", "global"] as const;

/**
 * Data residency shortens the default. If it leaves nothing, the whole default is the result, and
 * the rule about `allowedLocations` refuses it: a person has to choose.
 */
export function defaultLocations(allowedLocations: readonly string[] | undefined): string[] {
  const allowed = DEFAULT_LOCATIONS.filter((location) => allowedLocations?.includes(location) ?? true);
  return [...(allowed.length > 0 ? allowed : DEFAULT_LOCATIONS)];
}
