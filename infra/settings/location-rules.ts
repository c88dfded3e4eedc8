/** Rules about locations: each must be known, named once, and one of `allowedLocations`. */
import { closest } from "fastest-levenshtein";
import { MODELS } from "../../worker/models.ts";
import type { Settings } from "./index.ts";
import { faultIf, type Rule, remove, repeated } from "./rule.ts";

export const LOCATION_RULES: readonly Rule[] = [
  {
    // A location that serves no model would be ignored without any message.
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
            `no known model is served in ${location} (the nearest known location is ${nearest}; if a model is ` +
            `served in ${location}, add it to models)`,
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
    // A failover must not move data to a location that data residency forbids.
    reads: ["vertexLocations", "allowedLocations"],
    faults({ vertexLocations, allowedLocations }) {
      const outside = vertexLocations.filter((used) => allowedLocations?.includes(used) === false);
      const are = outside.length === 1 ? "is not one of" : "are not among";
      return faultIf(outside.length > 0, "vertexLocations", `${outside.join(", ")} ${are} allowedLocations`, {
        kind: "set",
        change: () => allowed(vertexLocations, allowedLocations ?? []),
      });
    },
  },
  {
    reads: ["force", "vertexLocations", "bedrock"],
    faults({ force, vertexLocations, bedrock }) {
      const [kind, place = ""] = force?.split("/") ?? [];
      if (kind === "bedrock") {
        return faultIf(place !== bedrock?.region, "force", `${place} is not the region of bedrock`, remove);
      }
      const isUnknown = kind === "vertex" && !vertexLocations.includes(place);
      return faultIf(isUnknown, "force", `${place} is not one of vertexLocations`, remove);
    },
  },
];

/** @returns the locations in the Worker's table of models and in the setting `models` */
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
