/**
 * Warns before a change that interrupts clients. It compares the settings with the resources that
 * the last run left.
 */
import type { ResourceNames } from "../names.ts";
import type { DeployedResource } from "./deployed.ts";
import type { Settings } from "./index.ts";

/** The parts of a stack that decide at which addresses clients reach it. */
interface Addresses {
  account: unknown;
  worker: unknown;
  isOnWorkersDev: boolean;
  domain: { hostname: unknown; zoneId: unknown } | undefined;
  hasAccess: boolean;
}

interface Planned extends Addresses {
  /**
   * Whether the stack adopts an existing Worker. Then the old Worker is deleted before the new one
   * is created.
   */
  adoptsWorker: boolean;
}

interface Change {
  isMade(before: Addresses, after: Planned): boolean;
  warning(before: Addresses, after: Planned): string;
}

/** Only the first change that applies is reported, because its warning includes the later ones. */
const MOVES: readonly Change[] = [
  {
    isMade: (before, after) => before.account !== after.account,
    warning: ({ account }) =>
      `The Cloudflare account changes. This run creates everything in the new account, at another address, ` +
      `and deletes it in account ${account}. After this run, clients of the old address are refused. ` +
      `With a second stack they can move one by one.`,
  },
  {
    isMade: (before, after) => before.worker !== after.worker,
    warning: (before, after) =>
      `The Worker is renamed from ${before.worker} to ${after.worker}, and so are the stack's other resources. ` +
      (before.isOnWorkersDev
        ? `Its address under workers.dev changes. After this run, clients of the old address are refused. `
        : "") +
      `To keep the names: pulumi config set namedAfter PROJECT/STACK, with the old project and stack.`,
  },
  {
    isMade: (before, after) => before.isOnWorkersDev && !after.isOnWorkersDev,
    warning: (_before, { domain }) =>
      `workers.dev is switched off when ${domain?.hostname} works. ` +
      `From then on, clients of the old address are refused. ` +
      `To let them move first: pulumi config set workersDev keep`,
  },
  {
    isMade: (before, after) => before.domain !== undefined && before.domain.hostname !== after.domain?.hostname,
    warning: ({ domain }, after) =>
      `${domain?.hostname} is removed. After this run, its clients are refused. ` +
      `${after.domain?.hostname ?? "workers.dev"} works before that.`,
  },
];

const INTERRUPTIONS: readonly Change[] = [
  {
    isMade: (before, after) =>
      after.adoptsWorker && (before.account !== after.account || before.worker !== after.worker),
    warning: ({ worker }) =>
      `${worker} is deleted before the new Worker is created, because adopt is on for the Worker. ` +
      `It does not answer for some seconds of this run.`,
  },
  {
    isMade: (before, after) =>
      before.domain !== undefined &&
      before.domain.hostname === after.domain?.hostname &&
      (before.worker !== after.worker ||
        before.account !== after.account ||
        before.domain.zoneId !== after.domain?.zoneId),
    warning: ({ domain }) =>
      `${domain?.hostname} is deleted and created again. It does not answer for some seconds of this run.`,
  },
  {
    isMade: (before, after) => !before.hasAccess && after.hasAccess && addressText(after) !== "",
    warning: (_before, after) =>
      `Cloudflare Access is switched on for ${addressText(after)}. ` +
      `From then on, clients without one of its service tokens are refused.`,
  },
];

/** @param deployed the stack's resources; empty for a new stack */
export function changeWarnings(
  settings: Settings,
  names: Pick<ResourceNames, "worker">,
  deployed: readonly DeployedResource[],
): string[] {
  const before = addressesOf(deployed);
  if (!before) return [];
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

function addressText({ domain, isOnWorkersDev }: Addresses): string {
  return [domain?.hostname, ...(isOnWorkersDev ? ["workers.dev"] : [])].filter(Boolean).join(" and ");
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
