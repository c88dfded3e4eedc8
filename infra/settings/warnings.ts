/** Warnings about settings that are allowed but have a disadvantage. The run continues. */
import type { Settings } from "./index.ts";

interface Warning {
  /** @returns one sentence for each warning */
  of(settings: Settings): readonly string[];
}

const WARNINGS: readonly Warning[] = [
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
            `revokePrevious is on for ${where}: its next rotation deletes the old secret at once. Remove ` +
            `revokePrevious after this run.`,
        ),
  },
  {
    // If adopt stays on, a later run may try to import a resource that no longer exists, or
    // overwrite one that somebody else created.
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
            `no time for the next target.`,
        ),
  },
];

export function warningsOf(settings: Settings): string[] {
  return WARNINGS.flatMap(({ of }) => of(settings));
}
