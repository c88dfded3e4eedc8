/** The Worker's addresses: workers.dev is on or off as the settings say, the domain is there, and Access protects both. */
import { z } from "zod";
import type { CloudflareApi } from "../clouds/cloudflare.ts";
import { type Found, fine, problem, unanswered } from "./found.ts";
import { REFRESH } from "./state.ts";
import type { Subject } from "./subject.ts";

const SUBDOMAIN = z.object({ enabled: z.boolean(), previews_enabled: z.boolean().default(false) });
const DOMAINS = z.array(z.object({ hostname: z.string(), service: z.string() }));
const WORKER = z.object({ id: z.string() });
const APPLICATION = z.object({
  domain: z.string().optional(),
  destinations: z.array(z.object({ type: z.string().optional(), worker_id: z.string().optional() })).default([]),
});

export async function workersDev(
  api: CloudflareApi,
  { settings: { cloudflareAccountId, domain, workersDev }, names: { worker } }: Subject,
): Promise<Found<undefined>> {
  const path = `accounts/${cloudflareAccountId}/workers/scripts/${worker}/subdomain`;
  const answer = await api.get(path, SUBDOMAIN);
  if (answer.kind !== "ok") return unanswered(answer);
  const { enabled, previews_enabled: previewsEnabled } = answer.value;
  const wanted = domain === undefined || workersDev === "keep";
  if (enabled !== wanted) {
    const text = enabled
      ? "is on, beside the domain, and Access does not protect it"
      : "is off, so the stack's url does not answer";
    return problem(text, REFRESH);
  }
  if (previewsEnabled) {
    return problem("preview addresses are on: they keep old versions with old secrets callable", REFRESH);
  }
  return fine(enabled ? "is on, without preview addresses" : "is off, as the domain wants");
}

export async function domainAddress(
  api: CloudflareApi,
  { settings: { cloudflareAccountId, domain }, names: { worker } }: Subject,
): Promise<Found<undefined>> {
  if (!domain) return fine("not needed, because no domain is set");
  const { hostname } = domain;
  const answer = await api.get(`accounts/${cloudflareAccountId}/workers/domains`, DOMAINS, { hostname });
  if (answer.kind !== "ok") return unanswered(answer);
  const found = answer.value.find((one) => one.hostname === hostname);
  if (!found) return problem(`${hostname} leads to no Worker`, REFRESH);
  if (found.service !== worker) return problem(`${hostname} leads to the Worker ${found.service}`, REFRESH);
  return fine(`${hostname} leads to ${worker}`);
}

export async function accessInFront(
  api: CloudflareApi,
  { settings: { cloudflareAccountId, domain, workersDev: kept, access }, names: { worker } }: Subject,
): Promise<Found<undefined>> {
  if (!access) return fine("not needed, because access is not set");
  const account = `accounts/${cloudflareAccountId}`;
  const applications = await api.list(`${account}/access/apps`, APPLICATION);
  if (applications.kind !== "ok") return unanswered(applications);
  const open = new Set<string>();
  if (domain && !applications.value.some((one) => one.domain === domain.hostname)) open.add(domain.hostname);
  const isOnWorkersDev = domain === undefined || kept === "keep";
  if (isOnWorkersDev) {
    const found = await api.get(`${account}/workers/workers/${encodeURIComponent(worker)}`, WORKER);
    if (found.kind !== "ok") return unanswered(found);
    const isWorker = ({ worker_id: id }: { worker_id?: string | undefined }) => id === found.value.id;
    if (!applications.value.some(({ destinations }) => destinations.some(isWorker))) open.add("workers.dev");
  }
  if (open.size > 0)
    return problem(`does not protect ${[...open].join(" and ")}: everybody reaches the Worker`, REFRESH);
  return fine(
    `protects ${[domain?.hostname, isOnWorkersDev ? "workers.dev" : undefined].filter(Boolean).join(" and ")}`,
  );
}
