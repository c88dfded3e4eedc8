/** What is allowed and costs something: said at a run, which goes on. */
import { findModel } from "../../worker/models.ts";
import type { Settings } from "./index.ts";

interface Warning {
  /** One sentence each; none: all is well. */
  of(settings: Settings): readonly string[];
}

const WARNINGS: readonly Warning[] = [
  {
    of(settings) {
      const alone = namedModels(settings).filter((id) => !hasFailover(id, settings));
      const locations = settings.vertexLocations.join(", ");
      return alone.map((id) => `${id} has no failover: Vertex serves it in none of vertexLocations (${locations}).`);
    },
  },
  {
    of: ({ clients, rotation }) =>
      [
        ...clients.map(({ name, revokePrevious }) => ({ where: `the client ${name}`, revokePrevious })),
        { where: "rotation.gatewayToken", ...rotation.gatewayToken },
        { where: "rotation.google", ...rotation.google },
      ]
        .filter(({ revokePrevious }) => revokePrevious)
        .map(
          ({ where }) =>
            `revokePrevious is on for ${where}: its next rotation ends the old secret at once. Take it out after ` +
            `this run.`,
        ),
  },
  {
    // Left on, it makes a later run import what does not exist any more, or overwrite what somebody else has made.
    of: ({ adopt }) =>
      adopt.length > 0
        ? [`adopt is on for ${adopt.join(", ")}. When this run has succeeded: pulumi config rm adopt`]
        : [],
  },
  {
    of: ({ timeouts: { jsonMs, firstEventMs, chainMs } }) =>
      Object.entries({ jsonMs, firstEventMs })
        .filter(([, limitMs]) => limitMs >= chainMs)
        .map(
          ([name, limitMs]) =>
            `timeouts.${name} (${limitMs}) is not below timeouts.chainMs (${chainMs}): a target that stalls leaves ` +
            `no time for the next one.`,
        ),
  },
];

export function warningsOf(settings: Settings): string[] {
  return WARNINGS.flatMap(({ of }) => of(settings));
}

/** The models that a stack's own settings name: somebody means to use them. */
function namedModels({ models, modelGarden, spendLimits }: Settings): string[] {
  return [
    ...new Set([
      ...Object.keys(models),
      ...(modelGarden?.models ?? []),
      ...spendLimits.flatMap(({ models: limited = [] }) => limited),
    ]),
  ];
}

function hasFailover(id: string, { vertexLocations, models }: Pick<Settings, "vertexLocations" | "models">): boolean {
  const model = findModel(id, models);
  return !model?.vertexId || model.locations.some((location) => vertexLocations.includes(location));
}
