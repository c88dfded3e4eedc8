/** What can be wrong with the locations: unknown ones, repeated ones, and those that data may not reach. */
import { closest } from "fastest-levenshtein";
import { MODELS } from "../../worker/models.ts";
import type { Settings } from "./index.ts";
import { faultIf, type Rule, remove, repeated } from "./rule.ts";

export const LOCATION_RULES: readonly Rule[] = [
  {
    // A location that no model is served in would never be asked, without a word.
    reads: ["vertexLocations", "models"],
    faults({ vertexLocations, models }) {
      const known = knownLocations(models);
      return vertexLocations.flatMap((location, index) => {
        if (known.includes(location)) return [];
        const nearest = closest(location, known);
        return {
          key: "vertexLocations",
          where: `vertexLocations[${index}]`,
          problem:
            `no model is known to be served in ${location} (the nearest known location is ${nearest}; a ` +
            `model that is served elsewhere goes into models)`,
          repair: {
            kind: "set",
            change: (all) => unique((all as string[]).map((one) => (one === location ? nearest : one))),
          },
        };
      });
    },
  },
  {
    reads: ["vertexLocations"],
    faults: ({ vertexLocations }) =>
      repeated(vertexLocations).map((location) => ({
        key: "vertexLocations",
        where: "vertexLocations",
        problem: `${location} is named twice`,
        repair: { kind: "set", change: (all) => unique(all as string[]) },
      })),
  },
  {
    // A failover must not move data across a border by itself.
    reads: ["vertexLocations", "allowedLocations"],
    faults: ({ vertexLocations, allowedLocations }) =>
      vertexLocations
        .filter((used) => allowedLocations?.includes(used) === false)
        .map((used) => ({
          key: "vertexLocations",
          where: "vertexLocations",
          problem: `${used} is not one of allowedLocations`,
          repair: { kind: "set", change: () => allowed(vertexLocations, allowedLocations ?? []) },
        })),
  },
  {
    reads: ["force", "vertexLocations"],
    faults({ force, vertexLocations }) {
      const location = force?.split("/")[1];
      const isUnknown = location !== undefined && !vertexLocations.includes(location);
      return faultIf(isUnknown, "force", `${location} is not one of vertexLocations`, remove);
    },
  },
];

/** Locations of the Worker's table and of `models`. */
function knownLocations(models: Settings["models"]): string[] {
  return unique([...MODELS, ...Object.values(models)].flatMap(({ locations }) => locations));
}

function allowed(used: readonly string[], all: readonly string[]): readonly string[] {
  const left = used.filter((location) => all.includes(location));
  return left.length > 0 ? left : all;
}

function unique<Item>(items: readonly Item[]): Item[] {
  return [...new Set(items)];
}
