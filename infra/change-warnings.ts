/** What a change does to clients, seen beside what the last run has left: said before it happens. */
import { isRetired, MODELS } from "../worker/models.ts";
import type { DeployedResource } from "./deployed.ts";
import type { ResourceNames } from "./names.ts";
import type { Settings } from "./settings/index.ts";

/** @param deployed empty for a new stack */
export function changeWarnings(
  settings: Settings,
  names: Pick<ResourceNames, "worker">,
  deployed: readonly DeployedResource[],
): string[] {
  const script = find(deployed, "WorkersScript");
  const domain = find(deployed, "WorkersCustomDomain");
  if (!script) return firstRun(settings);
  return [
    ...(script.scriptName === names.worker || script.accountId !== settings.cloudflareAccountId
      ? []
      : [
          `The Worker is renamed from ${script.scriptName} to ${names.worker}, and everything else of the stack with it. ` +
            `Its address under workers.dev changes: clients of the old one are refused when this run has ended. ` +
            `To keep the names: pulumi config set namedAfter PROJECT/STACK, with the project and stack as they were.`,
        ]),
    ...(script.accountId === settings.cloudflareAccountId
      ? []
      : [
          `The Cloudflare account changes. Everything is made anew there, at another address, and taken away from ` +
            `${script.accountId}: clients of the old address are refused when this run has ended. ` +
            `A second stack lets them move one by one.`,
        ]),
    ...(domain && settings.domain?.hostname === domain.hostname && isMadeAnew(domain, settings, names)
      ? [`${domain.hostname} is deleted and made anew: it does not answer for some seconds of this run.`]
      : []),
  ];
}

function isMadeAnew(domain: Outputs, settings: Settings, names: Pick<ResourceNames, "worker">): boolean {
  return (
    domain.service !== names.worker ||
    domain.accountId !== settings.cloudflareAccountId ||
    domain.zoneId !== settings.domain?.zoneId
  );
}

type Outputs = DeployedResource["outputs"];

function find(deployed: readonly DeployedResource[], type: string): Outputs | undefined {
  return deployed.find((resource) => resource.type.endsWith(`:${type}`))?.outputs;
}

/** Said once: the chosen locations decide which models fail over at all. */
function firstRun({ vertexLocations, models }: Settings): string[] {
  const current = MODELS.filter((model) => model.vertexId && !isRetired(model, Date.now()) && !models[model.id]);
  const alone = current.filter(({ locations }) => !locations.some((location) => vertexLocations.includes(location)));
  if (alone.length === 0) return [];
  const others = [...new Set(alone.flatMap(({ locations }) => locations))].join(", ");
  return [
    `${alone.length} of ${current.length} models have no failover, such as ${alone[0]?.id}: ` +
      `Vertex does not serve them in ${vertexLocations.join(", ")}, but in ${others} (setting vertexLocations).`,
  ];
}
