/** What the account must have room for, and what it must have for the stack's address. */
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { bundleWorker } from "../../infra/worker/bundle.ts";
import type { CloudflareApi } from "../clouds/cloudflare.ts";
import { tokensPage } from "./cloudflare-token.ts";
import { type Found, fine, note, problem, unanswered } from "./found.ts";
import type { Subject } from "./subject.ts";

/** Source: developers.cloudflare.com/ai-gateway/reference/limits, developers.cloudflare.com/workers/platform/limits. */
const LIMITS = {
  gateways: { free: 10, paid: 20 },
  Workers: { free: 100, paid: 500 },
  /** Compressed. */
  scriptBytes: { free: 3 * 1024 * 1024, paid: 10 * 1024 * 1024 },
} as const;

const IDS = z.array(z.object({ id: z.string() }));
const ID = z.object({ id: z.string() });
const ZONE = z.object({ id: z.string(), name: z.string() });

/** @returns the ids of all gateways */
export async function gateways(
  api: CloudflareApi,
  { settings: { cloudflareAccountId }, names: { gateway } }: Subject,
): Promise<Found<ReadonlySet<string>>> {
  const answer = await api.list(`accounts/${cloudflareAccountId}/ai-gateway/gateways`, ID);
  if (answer.kind !== "ok") return unanswered(answer);
  return room(
    "gateways",
    answer.value.map(({ id }) => id),
    gateway,
  );
}

/** @returns the names of all Workers */
export async function workers(
  api: CloudflareApi,
  { settings: { cloudflareAccountId }, names: { worker } }: Subject,
): Promise<Found<ReadonlySet<string>>> {
  const answer = await api.get(`accounts/${cloudflareAccountId}/workers/scripts`, IDS);
  if (answer.kind !== "ok") return unanswered(answer);
  return room(
    "Workers",
    answer.value.map(({ id }) => id),
    worker,
  );
}

/** @param own the stack's own, which needs no more room if it is there */
export function room(what: "gateways" | "Workers", ids: readonly string[], own: string): Found<ReadonlySet<string>> {
  const { free, paid } = LIMITS[what];
  const all = new Set(ids);
  const text = `${ids.length} ${what}; an account may have ${free} in the free plan and ${paid} in the paid one`;
  if (all.has(own) || ids.length < free) return fine(text, all);
  if (ids.length < paid) return note(`${text}, so this stack needs the paid plan`, undefined, all);
  const cure = `npm run leaks, or delete ${what} that nobody needs: https://dash.cloudflare.com`;
  return { ...problem(`${text}, so there is no room for this stack`, cure), usable: { value: all } };
}

/** @returns the bundle that this clone makes */
export function bundle(): Found<string> {
  const content = bundleWorker();
  return bundleSize(gzipSync(content).length, content);
}

export function bundleSize(bytes: number, content: string): Found<string> {
  const { free, paid } = LIMITS.scriptBytes;
  const size = (bytes: number) => (bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${bytes / 1024 / 1024} MB`);
  const text = `${size(bytes)} compressed; a Worker may have ${size(free)} in the free plan and ${size(paid)} in the paid one`;
  if (bytes <= free) return fine(text, content);
  if (bytes <= paid) return note(`${text}, so this Worker needs the paid plan`, undefined, content);
  return problem(
    `${text}, so Cloudflare refuses this Worker`,
    "git log --stat worker/, and undo what made it so large",
  );
}

/** A Worker without a domain has its address under the account's name at workers.dev. */
export async function workersDevName(api: CloudflareApi, { settings }: Subject): Promise<Found<undefined>> {
  const { cloudflareAccountId, workersSubdomain, domain, workersDev } = settings;
  if (domain && workersDev !== "keep") return fine("not needed, because domain is set");
  const answer = await api.get(
    `accounts/${cloudflareAccountId}/workers/subdomain`,
    z.object({ subdomain: z.string() }),
  );
  if (answer.kind === "refused" && answer.status === 404) {
    const cure = "https://dash.cloudflare.com/?to=/:account/workers-and-pages, Subdomain: choose a name";
    return problem("the account has no name under workers.dev, so the Worker has no address", cure);
  }
  if (answer.kind !== "ok") return unanswered(answer);
  const { subdomain } = answer.value;
  if (workersSubdomain === undefined || workersSubdomain === subdomain) return fine(`${subdomain}.workers.dev`);
  const text = `workersSubdomain is ${workersSubdomain}, but the account's name is ${subdomain}, so the url is wrong`;
  return problem(text, `pulumi config set workersSubdomain ${subdomain}`);
}

/** The domain's zone, which also shows the permission Zone: Read. */
export async function zone(api: CloudflareApi, { settings }: Subject): Promise<Found<undefined>> {
  const { cloudflareAccountId, domain } = settings;
  if (!domain) return fine("not needed, because no domain is set");
  const answer = await api.list("zones", ZONE, { "account.id": cloudflareAccountId });
  if (answer.kind !== "ok") return unanswered(answer, `add Zone: Read to the token: ${tokensPage("account")}`);
  const { hostname, zoneId } = domain;
  const zone = answer.value.find(({ id }) => id === zoneId);
  if (!zone) {
    return problem(
      `the token sees no zone ${zoneId}: the account has none with this id, or the token lacks Zone: Read`,
      `add Zone: Read to the token: ${tokensPage("account")}, or correct domain.zoneId`,
    );
  }
  if (hostname === zone.name || hostname.endsWith(`.${zone.name}`))
    return fine(`${hostname} is in the zone ${zone.name}`);
  const right = answer.value.find(({ name }) => hostname === name || hostname.endsWith(`.${name}`));
  const value = JSON.stringify({ hostname, zoneId: right?.id ?? "ZONE_ID" });
  return problem(`${hostname} is not in the zone ${zone.name}`, `pulumi config set domain '${value}'`);
}
