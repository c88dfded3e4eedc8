/** What stacks of this project may have made in a Cloudflare account. */
import { z } from "zod";
import { requireValue } from "../clouds/api-client.ts";
import type { CloudflareApi } from "../clouds/cloudflare.ts";
import { keyOf } from "./held.ts";
import type { Owner, Ownership } from "./ownership.ts";
import type { Trace } from "./trace.ts";

const DATE = z.iso.datetime({ offset: true });
const GATEWAY = z.object({ id: z.string(), created_at: DATE.optional() });
const SCRIPT = z.object({ id: z.string(), created_on: DATE.optional() });
const TOKEN = z.object({ id: z.string(), name: z.string(), issued_on: DATE.optional() });
const DOMAIN = z.object({ id: z.string(), hostname: z.string(), service: z.string() });
const ACCESS = z.object({
  id: z.string(),
  name: z.string().default(""),
  domain: z.string().default(""),
  destinations: z.array(z.object({ type: z.string().default("") })).default([]),
  created_at: DATE.optional(),
  policies: z.array(z.object({ name: z.string() })).default([]),
});
const SETTINGS = z.object({
  bindings: z.array(z.object({ name: z.string(), text: z.string().optional() })).default([]),
});

/** As `infra/gateway/ai-gateway.ts` names them. */
const RUN_TOKEN = /^(?<gateway>.+): run AI Gateway \(\d+\)$/;
/** As `infra/worker/access.ts` names them. */
const ACCESS_POLICIES: readonly string[] = ["machines", "people"];

export interface Account {
  id: string;
  cloudflare: CloudflareApi;
}

/** The environment (the stack) that each Worker of the account says it is of, by script name. */
export async function environmentsOf({ id, cloudflare }: Account, isCandidate: (script: string) => boolean) {
  const scripts = requireValue(
    await cloudflare.get(`accounts/${id}/workers/scripts`, z.array(SCRIPT)),
    "the list of Workers",
  );
  const candidates = scripts.filter((script) => isCandidate(script.id));
  const found = candidates.map(async (script): Promise<[string, string]> => {
    const path = `accounts/${id}/workers/scripts/${encodeURIComponent(script.id)}/settings`;
    const { bindings } = requireValue(await cloudflare.get(path, SETTINGS), `the settings of the Worker ${script.id}`);
    return [script.id, bindings.find(({ name }) => name === "ENVIRONMENT")?.text ?? ""];
  });
  return { scripts, environments: new Map(await Promise.all(found)) };
}

export interface CloudflareEvidence extends Awaited<ReturnType<typeof environmentsOf>> {
  project: string;
  ownership: Ownership;
  /** Hostnames that settings of the project's stacks name. */
  hostnames: ReadonlySet<string>;
}

export async function cloudflareTraces(
  { id, cloudflare }: Account,
  { scripts, environments, project, ownership, hostnames }: CloudflareEvidence,
): Promise<Trace[]> {
  const at = `accounts/${id}`;
  const [gateways, tokens, domains, applications] = await Promise.all([
    cloudflare.list(`${at}/ai-gateway/gateways`, GATEWAY),
    cloudflare.list(`${at}/tokens`, TOKEN),
    cloudflare.get(`${at}/workers/domains`, z.array(DOMAIN)),
    cloudflare.list(`${at}/access/apps`, ACCESS),
  ]);
  const trace = (kind: string, name: string, owner: Owner, key: string, path: string, created?: string): Trace => ({
    cloud: "Cloudflare",
    kind,
    name,
    owner,
    key,
    createdMs: created === undefined ? undefined : Date.parse(created),
    keptUntil: undefined,
    delete: () => cloudflare.delete(`${at}/${path}`),
  });
  const labelOf = (script: string) => {
    const environment = environments.get(script);
    return environment ? `${project}/${environment}` : undefined;
  };
  const workerOwner = (script: string) => ownership.of("worker", script, labelOf(script));
  // A gateway says nothing of its owner. The Worker of the same name does, if there is one. (Only a
  // name of 64 characters differs between the two.)
  const gatewayOwner = (gateway: string) => ownership.of("gateway", gateway, labelOf(gateway));
  return [
    ...requireValue(domains, "the list of custom domains").map((domain) =>
      trace(
        "custom domain",
        domain.hostname,
        workerOwner(domain.service),
        keyOf("domain", id, domain.hostname),
        `workers/domains/${encodeURIComponent(domain.id)}`,
      ),
    ),
    ...scripts.map((script) =>
      trace(
        "Worker",
        script.id,
        workerOwner(script.id),
        keyOf("worker", id, script.id),
        `workers/scripts/${encodeURIComponent(script.id)}?force=true`,
        script.created_on,
      ),
    ),
    // After the addresses that they protect.
    ...requireValue(applications, "the list of Access applications")
      .filter(({ policies }) => policies.every(({ name }) => ACCESS_POLICIES.includes(name)))
      .filter((application) => hostnames.has(application.domain) || isForWorker(application))
      .map((application) =>
        trace(
          "Access application",
          isForWorker(application) ? `${application.name} at workers.dev` : application.domain,
          isForWorker(application) ? workerOwner(application.name) : { kind: "unsure" },
          keyOf("access", id, application.id),
          `access/apps/${encodeURIComponent(application.id)}`,
          application.created_at,
        ),
      ),
    ...requireValue(tokens, "the list of API tokens").flatMap((token) => {
      const gateway = RUN_TOKEN.exec(token.name)?.groups?.gateway;
      if (gateway === undefined) return [];
      const path = `tokens/${encodeURIComponent(token.id)}`;
      const name = `${token.name}, id ${token.id}`;
      return [trace("run token", name, gatewayOwner(gateway), keyOf("token", id, token.id), path, token.issued_on)];
    }),
    ...requireValue(gateways, "the list of AI gateways").map((gateway) =>
      trace(
        "AI Gateway",
        gateway.id,
        gatewayOwner(gateway.id),
        keyOf("gateway", id, gateway.id),
        `ai-gateway/gateways/${encodeURIComponent(gateway.id)}`,
        gateway.created_at,
      ),
    ),
  ];
}

/** Such an application has the name of its Worker, which may be gone, and no hostname. */
function isForWorker({ domain, destinations }: z.infer<typeof ACCESS>): boolean {
  return domain === "" && destinations.some(({ type }) => type === "worker");
}
