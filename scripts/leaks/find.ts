/**
 * Finds everything that stacks of this project have made and that no stack's state holds. If a
 * state cannot be read, nothing can be called a leak, so nothing is.
 */
import { resourceNames } from "../../infra/names.ts";
import { Failure } from "../command/failure.ts";
import type { Stack, StackResource } from "../stack/stack.ts";
import { cloudflareTraces, environmentsOf } from "./cloudflare-traces.ts";
import { googleTraces, readGoogle } from "./google-traces.ts";
import { heldBy } from "./held.ts";
import { Ownership } from "./ownership.ts";
import type { Trace } from "./trace.ts";

export interface Found {
  /** Ours, and in no state. */
  leaks: readonly Trace[];
  /** Perhaps ours: the name fits, and nothing else says whose it is. */
  unsure: readonly Trace[];
  /** Deleted already; the cloud keeps the name for a while. */
  softDeleted: readonly Trace[];
}

export interface Where {
  /** Stacks that the operator names, such as one whose state is gone. */
  claimed: readonly string[];
  /** Further accounts and projects, beside those that the stacks' settings name. */
  accounts: readonly string[];
  projects: readonly string[];
}

interface Sibling {
  stack: string;
  configured: Readonly<Record<string, unknown>>;
  resources: readonly StackResource[];
}

/** @throws {Failure} */
export async function findLeaks(stack: Stack, where: Where): Promise<Found> {
  const project = await stack.project();
  const siblings = await Promise.all((await stack.siblings()).map(read));
  const accounts = new Set([...where.accounts, ...texts(siblings, "cloudflareAccountId")]);
  const projects = new Set([...where.projects, ...texts(siblings, "googleProject")]);
  if (accounts.size + projects.size === 0) {
    const message = "no stack names a Cloudflare account or a Google project";
    throw new Failure("usage", message, "add --account ACCOUNT_ID and --project PROJECT_ID");
  }
  const ownership = new Ownership(project, {
    known: [...where.claimed, ...siblings.map(nameOf)],
    claimed: [...where.claimed, ...siblings.filter(isDeployed(project)).map(nameOf)],
  });
  const hostnames = new Set(siblings.flatMap(({ configured }) => hostnameOf(configured.domain)));
  const atCloudflare = [...accounts].map(async (id) => {
    const account = { id, cloudflare: stack.clouds.cloudflare };
    const read = await environmentsOf(account, (script) => ownership.of("worker", script).kind !== "foreign");
    return cloudflareTraces(account, { ...read, project, ownership, hostnames });
  });
  const atGoogle = [...projects].map(async (id) => {
    const googleProject = { id, google: stack.clouds.google };
    return googleTraces(googleProject, await readGoogle(googleProject), ownership);
  });
  const traces = (await Promise.all([...atCloudflare, ...atGoogle])).flat();
  const held = heldBy(siblings.flatMap(({ resources }) => resources));
  const lost = traces.filter(({ key }) => !held.has(key));
  const existing = lost.filter(({ keptUntil }) => keptUntil === undefined);
  return {
    leaks: existing.filter(({ owner }) => owner.kind === "ours"),
    unsure: existing.filter(({ owner }) => owner.kind === "unsure"),
    softDeleted: lost.filter(({ owner, keptUntil }) => keptUntil !== undefined && owner.kind === "ours"),
  };
}

async function read(stack: Stack): Promise<Sibling> {
  const { stack: name } = await stack.identity();
  const [configured, resources] = await Promise.all([stack.configured(), stack.resources()]);
  return { stack: name, configured, resources };
}

/** Whether the state holds a gateway or a Worker of the stack's own name, so that the name is its. */
function isDeployed(project: string) {
  return ({ stack, resources }: Sibling) => {
    const { gateway, worker } = resourceNames(project, stack);
    return resources.some(({ inputs }) => inputs.aiGatewayId === gateway || inputs.scriptName === worker);
  };
}

function nameOf({ stack }: Sibling): string {
  return stack;
}

function texts(siblings: readonly Sibling[], key: string): string[] {
  return siblings.flatMap(({ configured: { [key]: value } }) => (typeof value === "string" ? [value] : []));
}

function hostnameOf(domain: unknown): string[] {
  const hostname = (domain as { hostname?: unknown } | undefined)?.hostname;
  return typeof hostname === "string" ? [hostname] : [];
}
