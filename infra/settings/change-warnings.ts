/**
 * What a change does to clients, seen beside what the last run has left: said before it happens.
 */
import { isRetired, MODELS } from "../../worker/models.ts";
import type { ResourceNames } from "../names.ts";
import type { DeployedResource } from "./deployed.ts";
import type { Settings } from "./index.ts";

/** What of a stack decides where clients reach it. */
interface Addresses {
  account: unknown;
  worker: unknown;
  isOnWorkersDev: boolean;
  domain: { hostname: unknown; zoneId: unknown } | undefined;
  hasAccess: boolean;
}

interface Planned extends Addresses {
  /** Whether the Worker is taken over: then the old one is deleted before the new one is made. */
  adoptsWorker: boolean;
}

interface Change {
  isMade(before: Addresses, after: Planned): boolean;
  warning(before: Addresses, after: Planned): string;
}

/** The first that is made is said; what it says covers the later ones. */
const MOVES: readonly Change[] = [
  {
    isMade: (before, after) => before.account !== after.account,
    warning: ({ account }) =>
      `The Cloudflare account changes. Everything is made anew there, at another address, ` +
      `and taken away from ${account}: clients of the old address are refused when this run has ended. ` +
      `A second stack lets them move one by one.`,
  },
  {
    isMade: (before, after) => before.worker !== after.worker,
    warning: (before, after) =>
      `The Worker is renamed from ${before.worker} to ${after.worker}, and everything else of the stack with it. ` +
      (before.isOnWorkersDev
        ? `Its address under workers.dev changes: clients of the old one are refused when this run has ended. `
        : "") +
      `To keep the names: pulumi config set namedAfter PROJECT/STACK, with the project and stack as they were.`,
  },
  {
    isMade: (before, after) => before.isOnWorkersDev && !after.isOnWorkersDev,
    warning: (_before, { domain }) =>
      `workers.dev is switched off when ${domain?.hostname} serves: ` +
      `clients of the old address are refused from then on. ` +
      `To let them move first: pulumi config set workersDev keep`,
  },
  {
    isMade: (before, after) => before.domain !== undefined && before.domain.hostname !== after.domain?.hostname,
    warning: ({ domain }, after) =>
      `${domain?.hostname} is taken away: its clients are refused when this run has ended. ` +
      `${after.domain ? `${after.domain.hostname} serves` : "workers.dev serves"} before that.`,
  },
];

const INTERRUPTIONS: readonly Change[] = [
  {
    isMade: (before, after) =>
      after.adoptsWorker && (before.account !== after.account || before.worker !== after.worker),
    warning: ({ worker }) =>
      `${worker} is deleted before its successor is made, since adopt is on for the Worker: ` +
      `it does not answer for some seconds of this run.`,
  },
  {
    isMade: (before, after) =>
      before.domain !== undefined &&
      before.domain.hostname === after.domain?.hostname &&
      (before.worker !== after.worker ||
        before.account !== after.account ||
        before.domain.zoneId !== after.domain?.zoneId),
    warning: ({ domain }) =>
      `${domain?.hostname} is deleted and made anew: it does not answer for some seconds of this run.`,
  },
  {
    isMade: (before, after) => !before.hasAccess && after.hasAccess && before.domain !== undefined,
    warning: (_before, { domain }) =>
      `Access begins at ${domain?.hostname}: clients without one of its service tokens are refused from then on.`,
  },
];

/** @param deployed empty for a new stack */
export function changeWarnings(
  settings: Settings,
  names: Pick<ResourceNames, "worker">,
  deployed: readonly DeployedResource[],
): string[] {
  const before = addressesOf(deployed);
  if (!before) return firstRun(settings);
  const { cloudflareAccountId: account, domain, workersDev, access, adopt } = settings;
  const after: Planned = {
    account,
    worker: names.worker,
    isOnWorkersDev: domain === undefined || workersDev === "keep",
    domain,
    hasAccess: access !== undefined,
    adoptsWorker: adopt.includes("worker"),
  };
  const move = MOVES.find(({ isMade }) => isMade(before, after));
  const interruptions = INTERRUPTIONS.filter(({ isMade }) => isMade(before, after));
  return [...(move ? [move] : []), ...interruptions].map(({ warning }) => warning(before, after));
}

function addressesOf(deployed: readonly DeployedResource[]): Addresses | undefined {
  const find = (type: string) => deployed.find((resource) => resource.type.endsWith(`:${type}`))?.outputs;
  const script = find("WorkersScript");
  const domain = find("WorkersCustomDomain");
  return (
    script && {
      account: script.accountId,
      worker: script.scriptName,
      isOnWorkersDev: find("WorkersScriptSubdomain")?.enabled === true,
      domain: domain && { hostname: domain.hostname, zoneId: domain.zoneId },
      hasAccess: find("ZeroTrustAccessApplication") !== undefined,
    }
  );
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
